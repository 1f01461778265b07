"""These tests share modules of their own: with importlib imports a folder is no package."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
