"""A run's source code, by digest."""

from pathlib import Path

import msgspec
import pytest

from volant.base.errors import NotFoundError, StoreFault
from volant.kit.code_bundle import (
    Manifest,
    bundle_digest,
    bundle_folder,
    load_frame,
    read_manifest,
    write_bundle,
)

SOURCES = {"flow.py": b"import deep.down\n", "deep/down.py": b""}
MANIFEST = Manifest(module="flow", file="flow.py", python="/usr/bin/python3", show_as="/home/me", cwd="/home/me")


def test_a_bundle_is_kept_under_its_digest_and_read_back(tmp_path: Path) -> None:
    digest = write_bundle(str(tmp_path), SOURCES, MANIFEST)
    assert digest == bundle_digest(SOURCES, MANIFEST)
    assert read_manifest(str(tmp_path), digest) == MANIFEST
    assert (bundle_folder(str(tmp_path), digest) / "src" / "deep" / "down.py").read_bytes() == b""


def test_writing_it_again_changes_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    first = write_bundle(str(tmp_path), SOURCES, MANIFEST)
    assert write_bundle(str(tmp_path), SOURCES, MANIFEST) == first
    assert [path.name for path in (tmp_path / "code").iterdir()] == [first]


@pytest.mark.parametrize(
    ("sources", "manifest"),
    [
        ({**SOURCES, "flow.py": b"import deep\n"}, MANIFEST),
        ({**SOURCES, "more.py": b""}, MANIFEST),
        ({"flow.py": b"import deep.down\n"}, MANIFEST),
        ({"flow.pyimport deep.down\n": b"", "deep/down.py": b""}, MANIFEST),
        (SOURCES, msgspec.structs.replace(MANIFEST, python="/usr/bin/python3.12")),
    ],
)
def test_any_difference_gives_another_digest(sources: dict[str, bytes], manifest: Manifest) -> None:
    assert bundle_digest(sources, manifest) != bundle_digest(SOURCES, MANIFEST)


def test_the_order_of_the_sources_does_not_matter() -> None:
    assert bundle_digest(dict(reversed(SOURCES.items())), MANIFEST) == bundle_digest(SOURCES, MANIFEST)


def test_a_zygote_is_told_to_import_the_kept_file(tmp_path: Path) -> None:
    digest = write_bundle(str(tmp_path), SOURCES, MANIFEST)
    frame = load_frame(str(tmp_path), digest, MANIFEST)
    assert Path(frame.file).read_bytes() == SOURCES["flow.py"]
    assert (frame.module, frame.show_as, frame.kind) == ("flow", "/home/me", "file")


def test_a_missing_bundle_and_a_broken_one_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_manifest(str(tmp_path), "0" * 32)
    digest = write_bundle(str(tmp_path), SOURCES, MANIFEST)
    (bundle_folder(str(tmp_path), digest) / "manifest.json").write_text("{")
    with pytest.raises(StoreFault):
        read_manifest(str(tmp_path), digest)


def test_a_place_that_cannot_be_written_is_a_store_fault(tmp_path: Path) -> None:
    (tmp_path / "code").write_text("a file, no folder")
    with pytest.raises(StoreFault):
        write_bundle(str(tmp_path), SOURCES, MANIFEST)
