"""What is inside the wheel and the sdist."""

from __future__ import annotations

import json
import re
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from tests.packaging.environments import Environment, run

pytestmark = pytest.mark.packaging

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = "jupyterlab_dotscience-{version}.data/data/"
EXTENSION = "share/jupyter/labextensions/jupyterlab-dotscience/"

NEVER = ("node_modules", "__tests__", "__pycache__", ".tsbuildinfo", ".spec.", "ui-tests", ".venv")


def version() -> str:
    return str(json.loads((ROOT / "package.json").read_text())["version"])


def wheel_names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def metadata(wheel: Path) -> dict[str, list[str]]:
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"jupyterlab_dotscience-{version()}.dist-info/METADATA").decode()
    message = Parser().parsestr(text)
    return {key: message.get_all(key, []) for key in message}


def test_the_wheel_fits_every_python_and_machine(wheel: Path) -> None:
    assert wheel.name == f"jupyterlab_dotscience-{version()}-py3-none-any.whl"


def test_the_wheel_has_nothing_of_the_workshop(wheel: Path) -> None:
    names = wheel_names(wheel)
    assert [name for name in names if any(part in name for part in NEVER)] == []
    assert [name for name in names if name.startswith(("tests/", "scripts/", "src/"))] == []
    assert [name for name in names if name.endswith((".ts", ".tsx", ".map"))] == []


def test_the_wheel_has_the_extension_once_and_fresh(wheel: Path) -> None:
    names = wheel_names(wheel)
    extension = DATA.format(version=version()) + EXTENSION
    assert {extension + "package.json", extension + "install.json"} <= names
    assert any(name.startswith(extension + "static/remoteEntry.") for name in names)
    assert any(name.startswith(extension + "schemas/") for name in names)
    assert extension + "static/stale.js" not in names
    assert not any(name.startswith("dotscience_server/labextension") for name in names)


def test_the_wheel_enables_the_server_extension(wheel: Path) -> None:
    config = "etc/jupyter/jupyter_server_config.d/dotscience_server.json"
    assert DATA.format(version=version()) + config in wheel_names(wheel)


def test_an_old_python_gets_the_library_without_the_servers_dependencies(wheel: Path) -> None:
    fields = metadata(wheel)
    assert fields["Requires-Python"] == [">=3.8"]
    assert fields["Requires-Dist"]
    for requirement in fields["Requires-Dist"]:
        assert re.search(r"python_version (>=|==) '3\.10'", requirement.replace('"', "'"))


def test_the_sdist_can_be_built_and_changed_but_holds_no_dependencies(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert [name for name in names if any(part in name for part in NEVER)] == []
    assert {"package.json", "package-lock.json", ".npmrc", "tsconfig.json"} <= names
    assert {"src/index.ts", "packages/core/src/index.ts", "scripts/clean.mjs"} <= names
    assert "dotscience_server/labextension/package.json" in names


def test_a_wheel_made_from_the_sdist_without_node_is_the_same(
    wheel: Path, unpacked_sdist: Path, work: Path
) -> None:
    environment = Environment(work / "unpacked")
    (work / "from-sdist").mkdir()
    arguments = ["-m", "build", "--no-isolation", "--wheel", "--outdir", str(work / "from-sdist")]
    run(sys.executable, *arguments, cwd=unpacked_sdist, env=environment.env())
    (second,) = (work / "from-sdist").iterdir()
    assert wheel_names(second) == wheel_names(wheel)
