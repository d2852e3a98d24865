"""Environments on a disk of their own that is full; root, in a mount namespace that ends with it:

unshare -m python -m tests.rerun.mounted_environments TOOL BASE [UV]
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from dotscience_server.protocol.failure import ApiError
from dotscience_server.rerun.environment_plan import Plan
from tests.rerun.packages import VERSION, left, made, total_in, wheel

SOURCE = "def total(n):\n    return n * 2\n"


def main(tool: str, base: Path, uv: str | None) -> None:
    """It does not fit: the error says so, nothing stays; with room it is made."""
    disk = base / "cache"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], check=True)
    os.environ.update(XDG_CACHE_HOME=str(disk), UV_CACHE_DIR=str(base / "uv"), UV_LINK_MODE="copy")
    large = f"{SOURCE}# {os.urandom(3_000_000).hex()}\n"
    packages = wheel(base / "packages", "sums", "1.0", large).parent
    found = {"PIP_FIND_LINKS": str(packages), "UV_FIND_LINKS": str(packages)}
    env = {**found, "PIP_NO_INDEX": "1", "UV_NO_INDEX": "1"}
    is_uv = tool == "uv"
    plan = Plan("uv" if is_uv else "pip", VERSION, ("sums==1.0",), (), uv, sys.executable, True)
    refused(plan, env)
    (disk / "fills").write_bytes(b"")
    with (disk / "fills").open("wb") as file:
        fill(file.fileno())
    refused(plan, env)
    (disk / "fills").unlink()
    subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)
    python, _ = made(plan, **env)
    assert total_in(python) == "6"
    assert left() == [plan.key]


def refused(plan: Plan, env: dict[str, str]) -> None:
    try:
        made(plan, **env)
    except ApiError as error:
        assert error.next.startswith("Make room on the disk"), error.body()
        assert left() == []
        return
    raise AssertionError("it fitted")


def fill(file: int) -> None:
    """To the last byte."""
    try:
        while os.write(file, bytes(1 << 16)):
            pass
    except OSError:
        return


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3] if sys.argv[3:] else None)
