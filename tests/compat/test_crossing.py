"""Volant and real flytekit read each other: any value, any nesting, both ways. `make compat` runs these."""

import datetime as dt
import functools
import json
import re
import sys
from pathlib import Path

import peer
import pytest
import volant_side as ours
import world
from content import content
from described import hint_of, value_of
from deviations import DEVIATIONS
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st
from normal import comparable, local, normal

from volant.idl import pb
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

pytestmark = pytest.mark.skipif(peer.python() is None, reason=peer.NOT_THERE)
LIVE = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)

PLAIN = {
    "int": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(allow_nan=False),
    "str": st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    "bool": st.booleans(),
    "datetime": st.datetimes(timezones=st.just(dt.UTC)).map(dt.datetime.isoformat),
    "date": st.dates().map(dt.date.isoformat),
    "timedelta": st.integers(-(10**17), 10**17),
}
NAMES = ("alpha", "beta", "gamma", "delta")
TEXTS = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True)


def _fields(kind, inner):
    return st.lists(inner, min_size=1, max_size=4).map(
        lambda kinds: [kind, *([name, each] for name, each in zip(NAMES, kinds, strict=False))]
    )


def _composed(inner):
    many = st.one_of(
        st.tuples(st.just("list"), inner).map(list), st.tuples(st.just("dict"), inner).map(list),
        _fields("dataclass", inner), _fields("model", inner),
    )  # fmt: skip
    return st.one_of(
        many,
        st.tuples(st.just("optional"), inner.filter(lambda each: each[0] not in ("optional", "union"))).map(list),
        many.map(lambda each: ["union", "int", each, "str"]),
    )


LEAVES = st.one_of(
    st.sampled_from(sorted(PLAIN)),
    TEXTS.map(lambda values: ["enum", *values]),
    TEXTS.map(lambda values: ["choice", *values]),
    st.just(["union", "int", "str"]),
    st.just(["union", "bool", ["list", "float"]]),
)
TYPES = st.recursive(LEAVES, _composed, max_leaves=6)


def values_of(described):
    if isinstance(described, str):
        return PLAIN[described]
    kind, *rest = described
    return VALUES[kind](rest)


VALUES = {
    "list": lambda rest: st.lists(values_of(rest[0]), max_size=3),
    "dict": lambda rest: st.dictionaries(st.text("abcxyz", max_size=3), values_of(rest[0]), max_size=3),
    "optional": lambda rest: st.none() | values_of(rest[0]),
    "union": lambda rest: st.one_of(*(st.tuples(st.just(n), values_of(each)).map(list) for n, each in enumerate(rest))),
    "enum": st.sampled_from,
    "choice": st.sampled_from,
    "dataclass": lambda rest: st.fixed_dictionaries({name: values_of(each) for name, each in rest}),
    "model": lambda rest: st.fixed_dictionaries({name: values_of(each) for name, each in rest}),
}
TYPED_VALUES = TYPES.flatmap(lambda described: st.tuples(st.just(described), values_of(described)))


@pytest.fixture(scope="module")
def flytekit():
    with peer.Peer(peer.python()) as found:
        yield found


def literal_of(described, plain):
    return transformer(hint_of(described)).to_literal(value_of(described, plain), RawData())


def wire(message):
    return message.SerializeToString(deterministic=True)


def without_metadata(data):
    return wire(comparable(pb.Literal.FromString(data)))


def its_own(flytekit, described, plain):
    """flytekit's type and literal of a value; what flytekit cannot read itself is not asked of anybody."""
    try:
        found = flytekit.ask("write", hint=described, value=plain)
    except peer.Refused:
        reject()
    assume(is_read(flytekit, described, plain, found["literal"]))
    return found


@given(TYPED_VALUES)
@LIVE
def test_flytekit_reads_what_we_write_and_writes_it_back_the_same(flytekit, typed):
    # given any value, written by us
    described, plain = typed
    its_own(flytekit, described, plain)
    sent = wire(literal_of(described, plain))

    # when flytekit reads it and writes what it read
    answer = flytekit.ask("read", hint=described, value=plain, literal=sent)

    # then it read that value, and wrote those bytes
    assert answer["equal"], answer["shown"]
    assert without_metadata(answer["literal"]) == without_metadata(sent)


@given(TYPED_VALUES)
@LIVE
def test_we_read_what_flytekit_writes_and_write_it_back_the_same(flytekit, typed):
    # given any value, written by flytekit
    described, plain = typed
    found = its_own(flytekit, described, plain)

    # when we read it and write what we read
    convert = transformer(hint_of(described))
    read = convert.from_literal(pb.Literal.FromString(found["literal"]))
    written = wire(convert.to_literal(read, RawData()))

    # then we read that value, wrote those bytes, and have the same type
    assert read == value_of(described, plain)
    assert without_metadata(written) == without_metadata(found["literal"])
    assert wire(comparable(convert.literal_type())) == wire(comparable(pb.LiteralType.FromString(found["type"])))


@given(TYPED_VALUES)
@LIVE
def test_flytekit_rebuilds_the_python_type_from_our_type_alone(flytekit, typed):
    # given any value and its type, written by us; flytekit could rebuild it from its own
    described, plain = typed
    assume(can_rebuild(flytekit, described, plain))
    convert = transformer(hint_of(described))
    sent = convert.to_literal(value_of(described, plain), RawData())

    # when flytekit reads it with what it makes of the type, and writes it back
    answer = flytekit.ask("rebuild", type=wire(convert.literal_type()), literal=wire(sent))

    # then nothing was lost
    assert convert.from_literal(pb.Literal.FromString(answer["literal"])) == value_of(described, plain), answer


def can_rebuild(flytekit, described, plain):
    """Whether flytekit can from its own type: a choice in a union, for one, becomes a text, which has another tag."""
    try:
        answer = flytekit.ask("rebuild", **its_own(flytekit, described, plain))
        return is_read(flytekit, described, plain, answer["literal"])
    except peer.Refused:
        return False


def is_read(flytekit, described, plain, literal):
    try:
        return flytekit.ask("read", hint=described, value=plain, literal=literal)["equal"]
    except peer.Refused:
        return False


@given(TYPED_VALUES)
@LIVE
def test_we_rebuild_the_python_type_from_flytekits_type_alone(flytekit, typed):
    # given any value and its type, written by flytekit
    described, plain = typed
    found = its_own(flytekit, described, plain)

    # when we read it with what we make of the type, and write it back
    convert = transformer(ours.guess(found["type"]))
    written = convert.to_literal(convert.from_literal(pb.Literal.FromString(found["literal"])), RawData())

    # then flytekit reads the value, with the type it began with: as well as when it rebuilds it itself
    assert is_read(flytekit, described, plain, wire(written)) or not can_rebuild(flytekit, described, plain)


def stored_values():
    for file in sorted(peer.HERE.glob("golden/*.json")):
        for name, each in json.loads(file.read_text())["types"].items():
            for index, value in enumerate(each.get("values", ())):
                known = (file.stem, name) in DEVIATIONS or "error" in value or "unread" in value
                if not known and not re.search(
                    r"\b(?!file)\w+://", str(value)
                ):  # what lies elsewhere cannot be reached
                    yield file.stem, name, index


# Without flytekit one that is skipped says as much as hundreds.
FOUND = list(stored_values()) if peer.python() else [("", "", 0)]
EVERY_VALUE = pytest.mark.parametrize(("file", "name", "index"), FOUND, ids=lambda each: str(each).replace(" ", "_"))


@pytest.fixture(scope="module")
def cases():
    return {file.stem: {each.name: each for each in world.load(file).types} for file in world.CASES.glob("*.py")}


@functools.cache
def found_in_its_own(flytekit, file, name, index):
    """flytekit's literal of a value, and what flytekit finds in it. Asked once: iterators can be written once only."""
    written = flytekit.ask("write_case", file=file, name=name, index=index)["literal"]
    try:
        return written, flytekit.ask("read_case", file=file, name=name, literal=written)["content"]
    except peer.Refused as error:
        pytest.skip(f"flytekit does not read this itself: {error}")


@EVERY_VALUE
def test_flytekit_finds_in_our_literal_what_it_finds_in_its_own(flytekit, cases, tmp_path, file, name, index):
    # given a value of a case, written by us with all its files
    _, expected = found_in_its_own(flytekit, file, name, index)
    hint, *values = cases[file][name].make(tmp_path)
    written = ours.literal(values[index], hint, str(tmp_path / "raw"))

    # when flytekit reads it
    found = flytekit.ask("read_case", file=file, name=name, literal=wire(local(written)))

    # then everything is there
    assert found["content"] == expected


@EVERY_VALUE
def test_we_find_in_flytekits_literal_what_it_finds_there(flytekit, cases, tmp_path, file, name, index):
    # given a value of a case, written by flytekit with all its files
    written, expected = found_in_its_own(flytekit, file, name, index)

    # when we read it
    found = ours.value(written, cases[file][name].make(tmp_path)[0], "")

    # then everything is there
    assert content(found) == expected


@pytest.mark.timeout(120)
def test_the_golden_files_are_what_flytekit_makes_today():
    from golden import GOLDEN, recorded

    # given the stored messages
    files = sorted(world.CASES.glob("*.py"))
    stored = {each.stem: json.loads((GOLDEN / f"{each.stem}.json").read_text()) for each in files}

    # when flytekit makes them again
    found = recorded(peer.python(), "flytekit", files)

    # then they are the same
    assert {name: {"flytekit": found["version"], **normal(each)} for name, each in found["files"].items()} == stored
