"""Environments of their own for tools whose dependencies must not meet the project's: `.cache/<name>`."""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"


def environment(name: str) -> Path:
    """The `bin` folder of an environment with `requirements/<name>.txt`; made again when that changed."""
    folder, requirements = CACHE / name, ROOT / "requirements" / f"{name}.txt"
    stamp = folder / "made-from"
    wanted = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"· making {folder.relative_to(ROOT)}", flush=True)
        run(sys.executable, "-m", "venv", "--clear", folder)
        pip = (folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check")
        run(*pip, "install", "-qq", "--require-hashes", "-r", requirements)
        stamp.write_text(wanted)
    return folder / "bin"


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command, or end with its exit status; it has said why."""
    status = subprocess.run(command, cwd=cwd, check=False).returncode
    if status:
        print(f"failed: {' '.join(map(str, command))}", file=sys.stderr)
        sys.exit(status)
