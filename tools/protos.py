"""Our own messages: generates Python from `src/volant/idl/protos/**/*.proto`, and checks that it was done.

The generator lives in an environment of its own (`requirements/protos.txt`): it pins an older protobuf, so
that what it generates loads on every protobuf we support (5.29 to 7).
"""

import argparse
import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

from isolated import ROOT, environment, run

PROTOS = ROOT / "src" / "volant" / "idl" / "protos"
DIGESTS = "SHA256SUMS"
GENERATED = ("*_pb2.py", "*_pb2.pyi")


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("command", choices=("make", "check"))
    wanted = parser.parse_args().command
    return make() if wanted == "make" else check()


def make() -> int:
    """Replace what was generated."""
    for old in files(PROTOS, *GENERATED):
        old.unlink()
    generate(PROTOS)
    return 0


def check() -> int:
    """1, naming the files, where generating again would change one."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        for proto in files(PROTOS, "*.proto"):
            copy = fresh / proto.relative_to(PROTOS)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(proto, copy)
        generate(fresh)
        stale = sorted(differences(content(PROTOS), content(fresh)))
    for name in stale:
        print(f"{(PROTOS / name).relative_to(ROOT)} is not what its .proto generates: run `make protos`")
    return 1 if stale else 0


def generate(folder: Path) -> None:
    """Write the Python modules, their types and the digests beside the .proto files of a folder."""
    protos = [str(proto.relative_to(folder)) for proto in files(folder, "*.proto")]
    python = environment("protos") / "python"
    run(python, "-m", "grpc_tools.protoc", "-I.", "--python_out=.", "--pyi_out=.", *protos, cwd=folder)
    (folder / DIGESTS).write_text(digests(folder))


def digests(folder: Path) -> str:
    """A line per file, as `sha256sum` writes and checks them."""
    kept = files(folder, "*.proto", *GENERATED)
    return "".join(f"{digest(file)}  {file.relative_to(folder).as_posix()}\n" for file in kept)


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def content(folder: Path) -> dict[str, bytes]:
    kept = files(folder, DIGESTS, *GENERATED)
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in kept}


def differences(one: dict[str, bytes], other: dict[str, bytes]) -> set[str]:
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def files(folder: Path, *patterns: str) -> list[Path]:
    return sorted(file for pattern in patterns for file in folder.rglob(pattern))


if __name__ == "__main__":
    sys.exit(main())
