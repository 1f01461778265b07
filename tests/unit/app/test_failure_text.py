"""What people read of a failure."""

from volant.app.failure_text import FailureReport


def test_control_characters_of_an_authors_text_are_shown_and_not_obeyed():
    report = FailureReport(headline="run r failed", message="red \x1b[31m, bell \x07\nnext\tline")

    assert report.text() == "run r failed\n\n  red \\x1b[31m, bell \\x07\n  next\tline"
