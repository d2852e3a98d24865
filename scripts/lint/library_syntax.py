"""Syntax and standard library of Python 3.8 are enough for the tracking library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

# Annotations are never evaluated: every module has `from __future__ import annotations`.
VERMIN = [
    str(Path(sys.executable).with_name("vermin")),
    "--target=3.8-",
    "--no-tips",
    "--violations",
]


def main(root: Path) -> int:
    return subprocess.run([*VERMIN, str(root / "dotscience")], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT))
