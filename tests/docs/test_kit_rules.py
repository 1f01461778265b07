"""docs/extending/testing.md lists the kit's rules as they are."""

import re

from pages import ROOT

from volant.testing.kit_rules import RULES


def test_the_page_lists_every_rule_with_its_number():
    page = (ROOT / "docs" / "extending" / "testing.md").read_text()
    rows = re.findall(r"^\| \d+ \|.*$", page, re.MULTILINE)

    assert rows == [f"| {rule.number} | {rule.sentence} |" for rule in RULES]
