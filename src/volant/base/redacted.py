"""Texts in which the credentials of URIs are not to be seen."""

import re

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]+")
# With a password in any scheme; in the web without one too, where the name may be a token.
_USER = re.compile(r"((?:^|::)https?://|://(?=[^/?#@]*:))[^/?#]*@", re.IGNORECASE)
_VALUE = re.compile(r"([?&;#][^=&;#]*=)[^&;#]+")
_HIDDEN = "[secret]"


def redacted(text: str) -> str:
    """The text; in each URI in it who logs in, and the values of its query, are hidden.

    All values, for nobody knows under which name the next service passes a signature. Names and path stay.
    """
    return _URI.sub(lambda found: redacted_uri(found[0]), text) if "://" in text else text


def redacted_uri(uri: str) -> str:
    """A URI, all of the text, whatever is in it; otherwise as `redacted`."""
    return _VALUE.sub(rf"\1{_HIDDEN}", _USER.sub(rf"\1{_HIDDEN}@", uri))
