"""What we send is what flytekit 1.16 sends: compared with messages that it made (`make golden` writes them anew).

What may differ is taken away by `normal.py`; what differs on purpose is in `deviations.py`, with the reason.
"""

import functools
import json
import re
from pathlib import Path

import pytest
import record
import volant_side
import world
from content import content
from deviations import DEVIATIONS
from normal import differences, message_of, normal

from volant.idl import pb
from volant.sdk.type_engine.engine import transformer

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(file.stem for file in world.CASES.glob("*.py"))


@functools.cache
def golden(file):
    return json.loads((GOLDEN / f"{file}.json").read_text())


@functools.cache
def ours(file):
    return normal(record.record(world.CASES / f"{file}.py", volant_side))


def stored(kind):
    return [(file, name) for file in FILES if (GOLDEN / f"{file}.json").exists() for name in golden(file)[kind]]


def differing(kind, file, name):
    return differences(golden(file)[kind][name], ours(file)[kind][name])


def refused(kind, file, name):
    found = golden(file)[kind][name]
    return "error" in found or any("error" in each for each in found.get("values", ()))


SAME = [("types", *each) for each in stored("types")] + [("shapes", *each) for each in stored("shapes")]


@pytest.mark.parametrize(("kind", "file", "name"), SAME, ids=lambda each: each.replace(" ", "_"))
def test_what_we_send_is_what_flytekit_sends_unless_a_reason_is_written(kind, file, name):
    # given a case and what flytekit made of it
    # when we make the same
    found = differing(kind, file, name)

    # then it is equal, or listed as different
    if (file, name) in DEVIATIONS:
        assert found, f"it no longer differs: take ({file!r}, {name!r}) out of deviations.py"
    else:
        assert not found, "\n".join(found)


def readable():
    """What of flytekit's can be read without the files it wrote: case and index of the value."""
    for file, name in stored("types"):
        for index, each in enumerate(golden(file)["types"][name].get("values", ())):
            names_a_place = re.search(r"://|\b(raw|given):", str(each))
            if "error" not in each and not names_a_place and (file, name) not in DEVIATIONS:
                yield file, name, index


@functools.cache
def cases(file):
    # Loaded for itself: iterators among the values can be gone through once only.
    return {each.name: each for each in world.load(world.CASES / f"{file}.py").types}


@pytest.mark.parametrize(("file", "name", "index"), list(readable()), ids=lambda each: str(each).replace(" ", "_"))
def test_we_read_what_flytekit_wrote(file, name, index, tmp_path):
    # given a value, and its literal as flytekit wrote it
    hint, *values = cases(file)[name].make(tmp_path)
    stored_value = golden(file)["types"][name]["values"][index]
    literal = message_of(stored_value["literal"], pb.Literal)

    # when we read it
    found = transformer(hint).from_literal(literal)

    # then it is that value, or what flytekit reads there
    back = stored_value.get("back")
    assert repr(found) == back if back else found == values[index] or content(found) == content(values[index])


@pytest.mark.parametrize("file", FILES)
def test_every_case_is_stored_and_nothing_else(file):
    found = ours(file)
    assert {kind: set(golden(file)[kind]) for kind in ("types", "shapes")} == {
        kind: set(found[kind]) for kind in ("types", "shapes")
    }, "run `make golden`"


def test_every_deviation_is_of_a_case_and_has_a_reason():
    assert not [each for each in DEVIATIONS if each not in {*stored("types"), *stored("shapes")}]
    assert all(len(reason) > 20 for reason in DEVIATIONS.values())


def test_there_are_enough_cases_that_flytekit_takes():
    counted = {kind: sum(not refused(kind, *each) for each in stored(kind)) for kind in ("types", "shapes")}
    assert counted["types"] >= 150
    assert counted["shapes"] >= 60
