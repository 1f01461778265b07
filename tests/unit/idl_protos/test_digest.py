"""What is checked in beside our .proto files is what they generate."""

import hashlib
from pathlib import Path

import volant.idl

PROTOS = Path(volant.idl.__file__).parent / "protos"


def test_nothing_was_changed_without_generating_again():
    listed = dict(reversed(line.split("  ")) for line in (PROTOS / "SHA256SUMS").read_text().splitlines())
    kept = [file for pattern in ("*.proto", "*_pb2.py", "*_pb2.pyi") for file in PROTOS.rglob(pattern)]
    found = {file.relative_to(PROTOS).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in kept}

    assert found == listed, "run `make protos`"
