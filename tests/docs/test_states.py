"""docs/states.md is what tools/states.py draws of today's tables."""

import runpy

from pages import ROOT


def test_the_page_of_states_is_up_to_date():
    states = runpy.run_path(str(ROOT / "tools" / "states.py"))

    assert states["PAGE"].read_text() == states["page"](), "run: python tools/states.py"
