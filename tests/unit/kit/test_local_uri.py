"""Paths behind URIs."""

import pytest

from volant.base.errors import UnsupportedError
from volant.kit.local_uri import local_path


@pytest.mark.parametrize(
    ("uri", "path"),
    [("file:///a/b%20c%23d", "/a/b c#d"), ("/a/b%20c", "/a/b%20c"), ("file:///a#b", "/a#b")],
)
def test_a_file_uri_is_a_path(uri, path):
    assert local_path(uri) == path


@pytest.mark.parametrize("uri", ["s3://bucket/key", "file://elsewhere/a", "relative/a"])
def test_another_place_is_refused_by_its_name(uri):
    with pytest.raises(UnsupportedError, match=uri):
        local_path(uri)
