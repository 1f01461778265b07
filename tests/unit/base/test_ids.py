"""Names. The vectors are the reference engine's (engine spec 0.1)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volant.base.errors import UserError
from volant.base.ids import (
    MAX_PATH_BYTES,
    ROOT,
    ActionName,
    AttemptKey,
    RunId,
    child_name,
    fixed_length_id,
    fnv1a,
    generated_name,
    random_run_name,
    raw_shard,
    run_id,
    run_name,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.mark.parametrize(
    ("parts", "length", "bits", "expected"),
    [
        (["x" * 24], 20, 32, "fuaa3aji"),
        (["x", "y", "z", "m", "n", "y", "z", "m", "n", "y", "z", "m", "n"], 15, 32, "fe63sz6y"),
        (["x", "y", "z", "m", "n", "y", "z", "m", "n", "y", "z", "m", "n"], 15, 64, "fwp4bky2kucex5"),
        (["u1", "2", "n1"], 20, 32, "u1-2-n1"),
        (["", "", "n0"], 20, 32, "n0"),
        (["a", "", "n0"], 20, 32, "a--n0"),
        (["x" * 20], 20, 32, "x" * 20),
        ([], 20, 32, ""),
    ],
)
def test_flytes_fixed_length_ids(parts: list[str], length: int, bits: int, expected: str) -> None:
    assert fixed_length_id(parts, length, bits=bits) == expected


def test_a_length_that_not_even_the_hash_fits_is_an_error() -> None:
    assert len(fixed_length_id(["x" * 24], 8)) == 8
    with pytest.raises(ValueError, match="needs 8 characters, only 7"):
        fixed_length_id(["x" * 24], 7)
    with pytest.raises(ValueError, match="needs 14 characters, only 13"):
        fixed_length_id(["x" * 24], 13, bits=64)


@pytest.mark.parametrize(
    ("data", "bits", "expected"),
    [
        (b"", 32, 0x811C9DC5),
        (b"a", 32, 0xE40C292C),
        (b"foobar", 32, 0xBF9CF968),
        (b"", 64, 0xCBF29CE484222325),
        (b"a", 64, 0xAF63DC4C8601EC8C),
        (b"foobar", 64, 0x85944171F73967E8),
    ],
)
def test_fnv1a_as_its_authors_published_it(data: bytes, bits: int, expected: int) -> None:
    assert fnv1a(data, bits) == expected


def test_a_run_is_its_project_domain_and_name() -> None:
    run = run_id("p", "d", "r-1")

    assert run == "p:d:r-1"
    assert run_name(run) == "r-1"


@pytest.mark.parametrize("name", ["", "1a", "A", "a_b", "a:b", "a/b", "-a", "a" * 64, "ä"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_bad_name_is_refused_and_its_place_told(name: str, place: int) -> None:
    parts = ["p", "d", "r"]
    parts[place] = name

    with pytest.raises(UserError, match=f"{('project', 'domain', 'run name')[place]} .* is not a valid name"):
        run_id(*parts)


def test_a_random_name_is_a_valid_one_without_vowels() -> None:
    names = {random_run_name() for _ in range(50)}

    assert len(names) == 50
    assert all(re.fullmatch(r"a[bcdfghjklmnpqrstvwxz2456789]{19}", name) for name in names)
    assert run_id("p", "d", next(iter(names)))


def test_a_path_tells_the_way_from_the_root() -> None:
    inner = child_name(child_name(ROOT, 0, "n0"), 2, "n1")

    assert (child_name(ROOT, 5, "n0"), inner) == ("n0", "n0/2/n1")


def test_a_path_of_two_hundred_bytes_is_kept_and_a_longer_one_becomes_its_digest() -> None:
    kept = child_name(ROOT, 0, "é" * (MAX_PATH_BYTES // 2))
    digest = child_name(ROOT, 0, "é" * (MAX_PATH_BYTES // 2) + "x")

    assert kept == "é" * 100
    assert re.fullmatch(r"~[0-9a-f]{32}", digest)
    assert child_name(digest, 0, "n0") == f"{digest}/0/n0"


def key(action: str, number: int = 0, run: str = "p:d:r") -> AttemptKey:
    return AttemptKey(RunId(run), ActionName(action), number)


def test_a_generated_name_is_readable_where_that_is_unambiguous() -> None:
    assert generated_name(key("n0", 3)) == "r-n0-3"
    assert generated_name(key("n0/0/n1")) == "r-n0-0-n1-0"
    assert generated_name(key("n-0", 2)) == "fldpayrsmkv41y", "folders of earlier releases are named so"


def test_runs_of_one_name_in_other_projects_or_stores_have_attempts_of_other_names() -> None:
    """An outside service knows neither: the second would be taken for the first, made once more."""
    ours = generated_name(key("n0", run="p:d:nightly"), made_us=1)
    elsewhere = generated_name(key("n0", run="p:d:nightly"), made_us=2)
    others = generated_name(key("n0", run="q:d:nightly"), made_us=1)

    assert re.fullmatch(r"nightly-n0-0-[a-z1-6]{7}", ours)
    assert len({ours, elsewhere, others}) == 3
    assert len({generated_name(key("n0", run=f"{p}:d:nightly"), 14, made_us=n) for p in "pq" for n in (1, 2)}) == 4


@given(st.text("abn0/-_.Z", min_size=1, max_size=80), st.integers(0, 9), st.integers(14, 60))
def test_a_generated_name_fits_and_has_only_what_every_system_takes(path: str, number: int, length: int) -> None:
    assert re.fullmatch(r"[a-z0-9-]+", name := generated_name(key(path, number), length))
    assert len(name) <= length


@given(st.lists(st.tuples(st.sampled_from(["n0", "n1", "a-b", "a", "b"]), st.integers(0, 2)), min_size=2, max_size=4))
def test_attempts_of_nested_paths_have_names_of_their_own(path: list[tuple[str, int]]) -> None:
    name, other = ROOT, ROOT
    for node, generation in path:
        name = child_name(name, generation, node)
    for node, generation in [*path[:-2], (f"{path[-2][0]}-x", path[-2][1]), path[-1]]:
        other = child_name(other, generation, node)

    assert generated_name(key(name)) != generated_name(key(other))


def test_raw_data_are_spread_over_two_characters_letters_before_digits() -> None:
    """Engine spec 0.3."""
    shards = {raw_shard(f"r-n{k}-0") for k in range(5000)}

    assert all(re.fullmatch(r"[a-z0-9]{2}", shard) for shard in shards)
    assert len(shards) > 1000
    first, second = divmod(fnv1a(b"x", 32) % 1296, 36)
    assert raw_shard("x") == LETTERS[first] + LETTERS[second]
