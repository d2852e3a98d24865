"""``import dotscience`` in every Python kernel of the server, whatever its environment (DESIGN §4.3)."""

from __future__ import annotations

import json
import os
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.jupyter.kernel_library import ensure_library
from dotscience_server.jupyter.kernels import with_entry
from tests.jupyter.conftest import PUBLISH, printed, until, until_run

WHERE = "import dotscience, os; print(os.path.dirname(os.path.dirname(dotscience.__file__)))"


async def test_a_kernel_imports_the_servers_library(execute: Any) -> None:
    assert (await execute(WHERE)).strip() == os.fspath(ensure_library())


async def test_a_restarted_kernel_does_too(jp_serverapp: Any, execute: Any) -> None:
    await execute("pass")
    manager = jp_serverapp.kernel_manager
    (id,) = manager.list_kernel_ids()
    await manager.restart_kernel(id)
    assert (await printed(manager.get_kernel(id), WHERE)).strip() == os.fspath(ensure_library())


async def test_the_users_own_path_comes_first(
    execute: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.fspath(tmp_path))
    text = await execute("import os; print(os.environ['PYTHONPATH'])")
    # Before it stands what the child processes of an observed kernel load.
    assert text.strip().endswith(f"{tmp_path}:{ensure_library()}")


async def test_the_servers_own_environment_stays(execute: Any) -> None:
    before = os.environ.get("PYTHONPATH")
    await execute("pass")
    assert os.environ.get("PYTHONPATH") == before


def test_the_library_is_made_anew_when_it_was_damaged() -> None:
    library = ensure_library()
    assert [path.name for path in library.iterdir()] == ["dotscience"]
    (library / "dotscience" / "_block.py").write_text("damaged")
    (library / "dotscience" / "_facts.py").unlink()
    assert ensure_library() == library
    assert "damaged" not in (library / "dotscience" / "_block.py").read_text()
    assert (library / "dotscience" / "_facts.py").exists()
    assert [path.name for path in library.parent.iterdir()] == [library.name]


@pytest.mark.parametrize(
    ("before", "after"), [("", "/x"), ("/a", "/a:/x"), ("/x:/a", "/a:/x"), ("/a::/b", "/a::/b:/x")]
)
def test_an_entry_stands_last_and_once(before: str, after: str) -> None:
    assert with_entry(before, "/x") == after
    assert with_entry(after, "/x") == after


def test_an_entry_that_the_variable_cannot_hold() -> None:
    with pytest.raises(ValueError, match="cannot stand on PYTHONPATH"):
        with_entry("", "/a:b")


def kernel_spec(data_dir: Path, name: str, python: str, env: dict[str, str]) -> None:
    folder = data_dir / "kernels" / name
    folder.mkdir(parents=True)
    argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": name, "language": "python", "env": env}
    (folder / "kernel.json").write_text(json.dumps(spec))


def foreign_package(folder: Path) -> Path:
    """A package named dotscience that is not ours."""
    package = folder / "dotscience"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("foreign = True\n")
    return package / "__init__.py"


async def test_a_clash_is_told_in_the_panel(
    api: Any, workspace: Any, execute: Any, jp_data_dir: Path, tmp_path: Path
) -> None:
    foreign = foreign_package(tmp_path / "theirs")
    env = {"PYTHONPATH": os.fspath(tmp_path / "theirs")}
    kernel_spec(jp_data_dir, "clashing", sys.executable, env)
    text = await execute("import dotscience; print(dotscience.foreign)", "clashing")
    assert text.strip() == "True"

    async def look() -> Any:
        notices = (await api(f"w/{workspace['id']}/status"))["notices"]
        return next((one for one in notices if one["code"] == "library-clash"), None)

    notice = await until(look, "saw the notice")
    assert os.fspath(foreign) in notice["text"]


def other_environment(folder: Path, without: str) -> Path:
    """A virtual environment that has what ours has, as links, but for one package; its Python."""
    venv.create(folder, with_pip=False)
    site = Path(sysconfig.get_path("purelib", vars={"base": os.fspath(folder)}))
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if without not in entry.name and entry.suffix != ".pth":
            target = site / entry.name
            if not target.exists():
                target.symlink_to(entry)
    return folder / "bin" / "python"


@pytest.mark.slow
async def test_a_kernel_of_another_environment_with_nothing_installed(
    api: Any, workspace: Any, execute: Any, jp_data_dir: Path, tmp_path: Path
) -> None:
    python = other_environment(tmp_path / "other", without="dotscience")
    kernel_spec(jp_data_dir, "other", os.fspath(python), {})
    text = await execute(f"import sys; print(sys.prefix)\n{WHERE}\n{PUBLISH}", "other")
    assert text.splitlines()[:2] == [os.fspath(tmp_path / "other"), os.fspath(ensure_library())]
    assert (await until_run(api, workspace["id"]))["description"] == "from a kernel"


@pytest.mark.slow
async def test_a_package_behind_ours_is_no_clash(
    api: Any, workspace: Any, execute: Any, jp_data_dir: Path, tmp_path: Path
) -> None:
    python = other_environment(tmp_path / "other", without="dotscience")
    site = sysconfig.get_path("purelib", vars={"base": os.fspath(tmp_path / "other")})
    foreign_package(Path(site))
    kernel_spec(jp_data_dir, "other", os.fspath(python), {})
    assert (await execute(WHERE, "other")).strip() == os.fspath(ensure_library())
    assert not (await api(f"w/{workspace['id']}/status"))["notices"]
