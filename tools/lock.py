"""Locks exact versions, with hashes and without index addresses, into `requirements/*.txt`.

The resolver lives in an environment of its own (`requirements/lock.txt`) and keeps what is locked already,
unless `--upgrade` is given.
"""

import argparse
import sys

from isolated import ROOT, environment, run

RESOLVE = (
    "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes",
    "--no-emit-index-url", "--no-header", "--no-annotate",
)  # fmt: skip
LOCKS = {
    "core": ("pyproject.toml",),
    "demo": ("pyproject.toml", "--extra", "demo"),
    "dev": ("pyproject.toml", "--extra", "dev"),
    "kit": ("pyproject.toml", "--extra", "kit", "--extra", "build"),
    "compat": ("requirements/compat.in",),
    "protos": ("requirements/protos.in",),
    "lock": ("requirements/lock.in",),
}


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions allowed")
    more = ("--upgrade",) if parser.parse_args().upgrade else ()
    uv = environment("lock") / "uv"
    for name, sources in LOCKS.items():
        print(f"· requirements/{name}.txt", flush=True)
        run(uv, *RESOLVE, *more, *sources, "-o", ROOT / "requirements" / f"{name}.txt")
    return 0


if __name__ == "__main__":
    sys.exit(main())
