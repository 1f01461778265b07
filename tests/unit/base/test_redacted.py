"""Credentials in URIs are hidden wherever a URI is told."""

import pytest

from volant.base.redacted import redacted, redacted_uri

SHOWN = [
    ("https://user:s3cret@host/a.csv", "https://[secret]@host/a.csv"),
    ("https://ghp_token@host/a.csv", "https://[secret]@host/a.csv"),
    ("https://host/a?X-Amz-Signature=abc&x=1", "https://host/a?X-Amz-Signature=[secret]&x=[secret]"),
    ("https://host/a?b=p q'r", "https://host/a?b=[secret]"),
    ("https://host/a#access_token=abc", "https://host/a#access_token=[secret]"),
    ("sftp://bob@host/a", "sftp://bob@host/a"),
    ("sftp://bob:pw@host/a", "sftp://[secret]@host/a"),
    ("abfs://container@account.dfs.core.windows.net/a", "abfs://container@account.dfs.core.windows.net/a"),
    ("zip://in.csv::https://u:p@h/all.zip?sig=x", "zip://in.csv::https://[secret]@h/all.zip?sig=[secret]"),
    ("https://host/a@b", "https://host/a@b"),
    ("s3://bucket/a b?", "s3://bucket/a b?"),
]


@pytest.mark.parametrize(("uri", "shown"), SHOWN)
def test_credentials_of_a_uri_are_hidden(uri: str, shown: str) -> None:
    assert redacted_uri(uri) == shown


def test_in_a_text_every_uri_is_looked_at_and_the_rest_stays() -> None:
    text = "404, url='http://u:p@h/a?sig=x' of <https://h/b?t=1>: is a=b & c://d?"
    shown = "404, url='http://[secret]@h/a?sig=[secret]' of <https://h/b?t=[secret]>: is a=b & c://d?"
    assert redacted(text) == shown
    assert redacted("a?b=c") == "a?b=c"
