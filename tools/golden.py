"""Golden messages: what real flytekit makes of the cases in `tests/compat/cases`.

`make` writes them to `tests/compat/golden`; `compare NAME…` shows where Volant's differ, without writing anything;
`install` only makes the environment that flytekit runs in.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from isolated import ROOT, environment

COMPAT = ROOT / "tests" / "compat"
CASES, GOLDEN = COMPAT / "cases", COMPAT / "golden"
sys.path.insert(0, str(COMPAT))
sys.dont_write_bytecode = True


def main() -> int:
    """The exit status: 1 where something differs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=("make", "compare", "install"))
    parser.add_argument("names", nargs="*", help="files of cases, without .py; all, unless some are named")
    parser.add_argument("--flytekit", metavar="PYTHON", default=os.environ.get("FLYTEKIT_PYTHON", ""),
                        help="a Python that has flytekit 1.16, instead of one made for this")  # fmt: skip
    parser.add_argument("--case", metavar="WORD", default="", help="compare only cases whose name has this word")
    given = parser.parse_args()
    files = [CASES / f"{each}.py" for each in given.names] or sorted(CASES.glob("*.py"))
    python = given.flytekit or str(environment("compat") / "python")
    if given.what == "install":
        return 0
    theirs = recorded(python, "flytekit", files)
    if given.what == "make":
        return make(theirs)
    return compare(theirs, recorded(sys.executable, "volant", files), given.case)


def recorded(python: str, world: str, files: Sequence[Path]) -> dict[str, Any]:
    """What one side makes of these files."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "recorded.json"
        command = (python, "-B", COMPAT / "record.py", out, *files)
        subprocess.run(command, check=True, env={**os.environ, "WORLD": world, "TZ": "UTC"}, cwd=folder)
        found: dict[str, Any] = json.loads(out.read_text())
    return found


def make(theirs: dict[str, Any]) -> int:
    """Write golden files."""
    from normal import normal

    GOLDEN.mkdir(exist_ok=True)
    for name, each in theirs["files"].items():
        document = {"flytekit": theirs["version"], **normal(each)}
        (GOLDEN / f"{name}.json").write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
        print(f"· golden/{name}.json: {len(each['types'])} types, {len(each['shapes'])} shapes")
    return 0


def compare(theirs: dict[str, Any], ours: dict[str, Any], word: str) -> int:
    """Print how both sides differ, case by case."""
    from deviations import DEVIATIONS
    from normal import differences, normal

    bad = 0
    for name, raw in theirs["files"].items():
        left, right = normal(raw), normal(ours["files"][name])
        for kind, case in [(kind, case) for kind, cases in left.items() for case in cases if word in case]:
            lines = differences(left[kind][case], right[kind][case])
            trace = ours["files"][name][kind][case].get("trace", "").splitlines()
            reason = DEVIATIONS.get((name, case), "")
            wrong = bool(lines) != bool(reason)
            said = ("DIFFERS" if lines else "EQUAL, YET LISTED") if wrong else "differs" if lines else "equal  "
            print(
                f"{said} {name}: {case}{reason and f' ({reason})'}", *((*lines, *trace) if wrong else ()), sep="\n    "
            )
            bad += wrong
    print(f"{bad} cases are not as they should be")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
