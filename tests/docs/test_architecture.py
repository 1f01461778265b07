"""docs/architecture.md answers where things are, and every place it names is there."""

import re

from pages import ROOT, quoted

PAGE = ROOT / "docs" / "architecture.md"
PLACE = re.compile(r"`((?:src|docs|tests|tools)/[^`]+|pyproject\.toml)`")


def questions():
    chapter = PAGE.read_text().partition("## Where is …?")[2]
    return re.findall(r"^\d+\. (.*)$", chapter, re.MULTILINE)


def test_at_least_twenty_questions_are_answered_with_a_place():
    answered = [question for question in questions() if PLACE.search(question)]

    assert len(answered) >= 20
    assert answered == questions()


def test_every_package_has_its_line():
    packages = {path.parent.name for path in (ROOT / "src" / "volant").glob("*/__init__.py")}

    assert packages <= set(quoted(PAGE))
