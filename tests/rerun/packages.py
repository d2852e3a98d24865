"""Small packages made on the spot, environments that hold them, and rebuilding without a worker."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from dotscience_server.rerun.environment_plan import Plan
from dotscience_server.rerun.rebuild import rebuild

VERSION = "{}.{}.{}".format(*sys.version_info)


def wheel(folder: Path, name: str, version: str, source: str) -> Path:
    """A wheel of one module."""
    folder.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    told = {
        f"{name}.py": source,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{one},,\n" for one in (*told, f"{info}/RECORD"))
    with zipfile.ZipFile(path, "w") as file:
        for at, text in {**told, f"{info}/RECORD": record}.items():
            file.writestr(at, text)
    return path


def sums(folder: Path) -> Path:
    """A folder with two versions of a package whose results differ."""
    for version, factor in (("1.0", 2), ("2.0", 3)):
        wheel(folder, "sums", version, f"def total(n):\n    return n * {factor}\n")
    return folder


def bare_environment(folder: Path) -> str:
    """The interpreter of an environment without any package."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return str(folder / "bin" / "python")


def install(interpreter: str, packages: Path, *wanted: str) -> None:
    """Packages of a folder, by our pip."""
    pip = [sys.executable, "-m", "pip", "-q", "--python", interpreter, "install", "--no-index"]
    subprocess.run([*pip, "--find-links", str(packages), *wanted], check=True)


def environments() -> Path:
    """Where they are kept."""
    return Path(os.environ["XDG_CACHE_HOME"]) / "dotscience" / "environments"


def left() -> list[str]:
    """What is there but for locks."""
    folder = environments()
    names = sorted(one.name for one in folder.iterdir()) if folder.exists() else []
    return [name for name in names if not name.endswith(".lock")]


def made(
    plan: Plan, check: Callable[[], None] = lambda: None, **env: str
) -> tuple[Path, list[str]]:
    """The interpreter and what was said; ``env`` on top of ours."""
    said: list[str] = []
    return rebuild(plan, {**os.environ, **env}, said.append, check), said


def total_in(interpreter: Path, name: str = "sums") -> str:
    """What a package of its gives."""
    code = f"import {name}; print({name}.total(3))"
    done = subprocess.run(
        [interpreter, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
