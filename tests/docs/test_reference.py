"""docs/extending/reference.md is what tools/reference.py writes of today's docstrings."""

import runpy

from pages import ROOT


def test_the_reference_is_up_to_date():
    reference = runpy.run_path(str(ROOT / "tools" / "reference.py"))

    assert reference["PAGE"].read_text() == reference["page"](), "run: python tools/reference.py"


def test_every_public_name_says_what_it_is():
    reference = runpy.run_path(str(ROOT / "tools" / "reference.py"))

    sections = reference["page"]().split("\n### ")[1:]
    silent = [section.partition("\n")[0] for section in sections if not section.partition("\n")[2].strip()]

    assert silent == []
