"""Resolves ``requirements-dev.in`` and writes every version it comes to into ``requirements-dev.txt``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Made by scripts/pin_requirements.py from requirements-dev.in. Do not edit.\n"


def resolve() -> dict[str, str]:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
    command += ["--report", "-", "-r", str(ROOT / "requirements-dev.in")]
    report = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    packages = [item["metadata"] for item in report["install"]]
    return {package["name"]: package["version"] for package in packages}


def main() -> None:
    pins = [f"{name}=={version}\n" for name, version in resolve().items()]
    pins.sort(key=str.lower)
    (ROOT / "requirements-dev.txt").write_text(HEADER + "".join(pins))
    print(f"{len(pins)} packages pinned")


if __name__ == "__main__":
    main()
