"""Kernels of the server record by themselves, while the user's settings say so (DESIGN §4.1)."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from dotscience._journal import NAMES, read_records
from dotscience_server.jupyter.kernels import with_extension
from tests.jupyter.conftest import printed
from tests.jupyter.test_kernels import kernel_spec, other_environment

OPTION = "--ext=dotscience._kernel"
LAUNCHED = ["python", "-m", "ipykernel_launcher", "-f", "x.json"]
LOADED = "import sys; print('dotscience._kernel' in sys.modules)"


def sources(notebook: Path) -> list[str]:
    """The sources of the cells that the workspace's journals hold."""
    journals = sorted((notebook.parent / ".dotscience" / "journal").glob("*.dsj"))
    records = [record for path in journals for record in read_records(path)[0]]
    return [record.payload.get("source", "") for record in records if NAMES[record.type] == "cell"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (LAUNCHED, [*LAUNCHED, OPTION]),
        ([*LAUNCHED, OPTION], [*LAUNCHED, OPTION]),
        ([*LAUNCHED, "--ext=mine", "--debug"], [*LAUNCHED, OPTION, "--ext=mine", "--debug"]),
        ([*LAUNCHED, "--ext", "mine"], [*LAUNCHED, OPTION, "--ext", "mine"]),
        (["conda", "run", *LAUNCHED], ["conda", "run", *LAUNCHED, OPTION]),
        (["xpython", "-f", "x.json"], ["xpython", "-f", "x.json"]),
        (["python", "-m", "bash_kernel", "-f", "x"], ["python", "-m", "bash_kernel", "-f", "x"]),
    ],
)
def test_commands(before: list[str], after: list[str]) -> None:
    assert with_extension(before) == after


async def test_cells_of_a_kernel_without_a_ds_call(
    jp_serverapp: Any, execute: Any, notebook: Path
) -> None:
    assert (await execute(LOADED)).strip() == "True"
    assert sources(notebook) == [LOADED]  # the worker takes a dead kernel's journal away
    manager = jp_serverapp.kernel_manager
    (id,) = manager.list_kernel_ids()
    await manager.restart_kernel(id)
    await printed(manager.get_kernel(id), "y = 2")
    assert sources(notebook)[-1] == "y = 2"


async def test_one_setting_turns_it_off(api: Any, execute: Any, notebook: Path) -> None:
    await api("settings", "PUT", {"capture": False})
    assert (await execute(LOADED)).strip() == "False"
    assert not (notebook.parent / ".dotscience").exists()


@pytest.mark.slow
async def test_a_kernels_own_variable_turns_it_off(
    execute: Any, jp_data_dir: Path, notebook: Path
) -> None:
    kernel_spec(jp_data_dir, "quiet", sys.executable, {"DOTSCIENCE_CAPTURE": "0"})
    assert (await execute(LOADED, "quiet")).strip() == "False"
    assert not (notebook.parent / ".dotscience").exists()


@pytest.mark.slow
async def test_the_users_own_extension_is_loaded_too(
    execute: Any, jp_data_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "own_ext.py").write_text(
        "def load_ipython_extension(ip): ip.user_ns['loaded'] = 'mine'\n"
    )
    kernel_spec(jp_data_dir, "own", sys.executable, {"PYTHONPATH": str(tmp_path / "mine")})
    path = jp_data_dir / "kernels" / "own" / "kernel.json"
    spec = json.loads(path.read_text())
    path.write_text(json.dumps({**spec, "argv": [*spec["argv"], "--ext=own_ext"]}))
    assert (await execute(f"print(loaded)\n{LOADED}", "own")).split() == ["mine", "True"]


@pytest.mark.slow
async def test_a_kernel_that_cannot_import_it_runs_all_the_same(
    execute: Any, jp_data_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "theirs" / "dotscience").mkdir(parents=True)
    (tmp_path / "theirs" / "dotscience" / "__init__.py").write_text("theirs = True\n")
    kernel_spec(jp_data_dir, "clash", sys.executable, {"PYTHONPATH": str(tmp_path / "theirs")})
    assert (await execute("import dotscience; print(dotscience.theirs)", "clash")).strip() == "True"


@pytest.mark.slow
async def test_mlflow_is_pointed_to_us_where_the_user_asked(
    api: Any, execute: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = "import os; print(os.environ.get('MLFLOW_TRACKING_URI'))"
    assert (await execute(uri)).strip() == "None"
    await api("settings", "PUT", {"mlflow": True})
    code = (
        "from importlib.metadata import distribution; import os, sys\n"
        "folder = next(one for one in sys.path if os.path.isdir(one + '/dotscience_mlflow'))\n"
        "print(os.environ['MLFLOW_TRACKING_URI'], sorted(os.listdir(folder)))\n"
        "print(tuple(distribution('dotscience_mlflow').entry_points)[0].value)"
    )
    where, value = (await execute(code)).splitlines()
    assert where.startswith("dotscience:// ['dotscience_mlflow', 'dotscience_mlflow-")
    assert value == "dotscience_mlflow.store:DotscienceStore"
    monkeypatch.setitem(os.environ, "MLFLOW_TRACKING_URI", "http://theirs")
    assert (await execute(uri)).strip() == "http://theirs"


@pytest.mark.slow
async def test_another_environment_with_nothing_installed(
    execute: Any, jp_data_dir: Path, tmp_path: Path, notebook: Path
) -> None:
    python = other_environment(tmp_path / "other", without="dotscience")
    kernel_spec(jp_data_dir, "other", os.fspath(python), {})
    assert (await execute(LOADED, "other")).strip() == "True"
    assert sources(notebook) == [LOADED]
