"""The main job, twice: `make demo`. The second run is served from the cache but for the report."""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
HOME = HERE.parent.parent / ".demo"
RUN = [sys.executable, "-m", "volant", "run", "--home", str(HOME), "flights.py", "delays"]


def main() -> int:
    shutil.rmtree(HOME, ignore_errors=True)  # or the first run would be served from an earlier demo's cache
    print("A first run: every task works.\n", flush=True)
    first = subprocess.run(RUN, cwd=HERE, check=False)
    if first.returncode:
        return first.returncode
    print("\nA second run: what has not changed comes from the cache.\n", flush=True)
    second = subprocess.run([*RUN, "--worst", "5"], cwd=HERE, check=False)
    print(f"\nLook at them again:  {sys.executable} -m volant get runs --home {HOME}", flush=True)
    return second.returncode


if __name__ == "__main__":
    sys.exit(main())
