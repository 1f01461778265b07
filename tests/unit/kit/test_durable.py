"""Whole files or none."""

from pathlib import Path

from volant.kit import durable


def test_a_file_replaces_what_was_there_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    place = tmp_path / "folder" / "file"
    durable.write_file(place, b"one")
    durable.write_file(place, b"two")
    assert place.read_bytes() == b"two"
    assert [path.name for path in place.parent.iterdir()] == ["file"]


def test_a_claim_succeeds_once_and_the_first_one_stays(tmp_path: Path) -> None:
    place = tmp_path / "claim"
    assert durable.claim_file(place, b"one")
    assert not durable.claim_file(place, b"two")
    assert place.read_bytes() == b"one"
    assert [path.name for path in tmp_path.iterdir()] == ["claim"]
