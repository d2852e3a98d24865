"""What an environment would be made with, and from hostile records too; nothing is made."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.protocol.failure import ApiError
from dotscience_server.rerun.environment_plan import Plan, plan_of
from dotscience_server.rerun.rebuild_failures import failure_of
from tests.rerun.packages import VERSION

NOTHING = {"PATH": "/nowhere"}
PLATFORM = {"x86_64": "linux-64", "aarch64": "linux-aarch64"}.get(platform.machine(), "linux-64")


def told(**more: Any) -> dict[str, Any]:
    return {"python": VERSION, "packages": {"sums": "1.0"}, **more}


def program(folder: Path, name: str) -> dict[str, str]:
    """An environment whose path has this program."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("#!/bin/sh\n")
    (folder / name).chmod(0o755)
    return {"PATH": os.fspath(folder)}


def specs(packages: dict[str, str], **origins: dict[str, Any]) -> tuple[str, ...]:
    return plan_of(told(packages=packages, origins=origins), None, NOTHING).specs


def test_where_packages_came_from() -> None:
    git = {"kind": "vcs", "url": "https://x.org/a.git", "commit": "abcdef1234"}
    found = specs(
        dict.fromkeys(("a", "b", "c", "d", "e"), "1.0"),
        a=git,
        b={"kind": "editable", "url": "file:///src/my%20b"},
        c={"kind": "url", "url": "https://x.org/c.whl"},
        d={"kind": "local", "url": "file:///gone/d.whl"},
        e={"kind": "local", "url": Path(__file__).as_uri()},
    )
    assert found == (
        "a @ git+https://x.org/a.git@abcdef1234",
        "-e file:///src/my%20b",
        "c @ https://x.org/c.whl",
        "d==1.0",
        f"e @ {Path(__file__).as_uri()}",
    )


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("~umpy", "1.0"),
        ("-r", "1.0"),
        ("a\n--index-url=http://x", "1.0"),
        ("a", "1.0\n-r /etc/passwd"),
        ("a", "1.0 ; b"),
        ("dotscience", "0.1"),
        ("pip", "23.0"),
    ],
)
def test_what_is_no_requirement_is_left_out(name: str, version: str) -> None:
    """Remains of a broken pip, and what wants to be an option."""
    assert specs({name: version, "sums": "1.0"}) == ("sums==1.0",)


def test_an_origin_is_no_option_either() -> None:
    origin = {"kind": "editable", "url": "file:///a\n--index-url=http://x"}
    assert specs({"a": "1.0"}, a=origin) == ("a==1.0",)


def test_uv_is_taken_where_it_is(tmp_path: Path) -> None:
    plan = plan_of(told(), None, program(tmp_path / "bin", "uv"))
    assert (plan.tool, plan.program) == ("uv", os.fspath(tmp_path / "bin" / "uv"))
    assert (plan.python, plan.exact) == (sys.executable, True)


def test_no_tool_is_taken_from_the_folder_that_we_stand_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "work", "mamba")
    monkeypatch.chdir(tmp_path / "work")
    listed = [f"https://x.org/c/{PLATFORM}/a-1-0.conda"]
    assert plan_of(told(conda=listed), None, NOTHING).tool != "conda"


def test_another_python_of_the_same_minor_version_does(tmp_path: Path) -> None:
    plan = plan_of(told(python=f"{VERSION}9"), None, NOTHING)
    assert (plan.tool, plan.python, plan.exact) == ("pip", sys.executable, False)


def test_a_list_of_conda_is_taken_where_conda_is(tmp_path: Path) -> None:
    listed = [f"https://x.org/c/{where}/a-1-0.conda#{'a' * 32}" for where in (PLATFORM, "noarch")]
    packages = {"a": "1", "sums": "1.0"}
    record = told(conda=[*listed, "no url"], packages=packages, origins={"a": {"kind": "conda"}})
    plan = plan_of(record, None, program(tmp_path / "bin", "micromamba"))
    assert (plan.tool, plan.conda, plan.specs) == ("conda", tuple(listed), ("sums==1.0",))
    assert plan_of(record, None, NOTHING).specs == ("a==1", "sums==1.0")
    by_shell = {**NOTHING, "CONDA_EXE": os.fspath(tmp_path / "bin" / "micromamba")}
    assert plan_of(record, None, by_shell).program == by_shell["CONDA_EXE"]


def test_a_list_of_another_platform_is_not(tmp_path: Path) -> None:
    record = told(conda=["https://x.org/c/win-64/a-1-0.conda"])
    assert plan_of(record, None, program(tmp_path / "bin", "conda")).tool == "pip"


@pytest.mark.parametrize("record", [None, {}, {"python": "3.11.1"}, told(python="3.11; x")])
def test_what_is_not_recorded_cannot_be_made(record: dict[str, Any] | None) -> None:
    with pytest.raises(ApiError) as refused:
        plan_of(record, None, NOTHING)
    assert "no Python version or no packages" in refused.value.message


def test_a_python_that_is_not_here(tmp_path: Path) -> None:
    with pytest.raises(ApiError) as refused:
        plan_of(told(python="3.99.1"), None, NOTHING)
    assert "Python 3.99 is not installed" in refused.value.message
    assert "Install uv" in refused.value.next
    assert plan_of(told(python="3.99.1"), None, program(tmp_path / "bin", "uv")).tool == "uv"


@pytest.mark.parametrize(
    ("said", "next"),
    [
        ("OSError: [Errno 28] No space left on device", "Make room"),
        ("ERROR: No matching distribution found for sums==1.0", "UV_FIND_LINKS"),
        ("ERROR: No matching distribution found for torch==2.3.0+cu121", "UV_INDEX"),
        ("error: No interpreter found for Python 3.9.1 in search path", "uv python install 3.9.1"),
        ("error: No solution found / hint: the network was disabled", "Go online"),
        ("Caused by: dns error: failed to lookup address", "Go online"),
        ("something else", "Install what is missing"),
    ],
)
def test_what_to_do_about_a_failure(said: str, next: str) -> None:
    error = failure_of("/bin/uv", 1, [said], Plan("uv", "3.9.1"), Path("/cache"), 1 << 40)
    assert said in error.message and next in error.next
    assert "Without '--environment rebuild'" in error.next
