"""What a walk leaves out, and what it must not."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from dotscience_server.snapshots.ignore import Ignore
from dotscience_server.snapshots.plan import TreePlan
from dotscience_server.snapshots.policy import Rules
from dotscience_server.snapshots.walk import walk

from .workspaces import Workspace


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def paths(plan: TreePlan) -> set[bytes]:
    return {file.path for file in plan.files}


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        ".dotscience/records/1",
        ".ipynb_checkpoints/a.ipynb",
        "d/.ipynb_checkpoints/a.ipynb",
        ".~a.ipynb",
        "__pycache__/a.cpython-311.pyc",
        "node_modules/x/index.js",
        ".jupyter_ystore.db",
        ".mypy_cache/x",
        "lost+found/x",
        ".dotscience-checkout-123/x",
        ".env",
        ".env.local",
        ".netrc",
        "id_rsa",
        "id_rsa.pub",
        "id_ed25519",
        "server.pem",
        "tls.key",
        ".aws/credentials",
        "d/.ssh/config",
        ".pypirc",
        "kubeconfig",
        "kaggle.json",
    ],
)
def test_ignored_by_default(space: Workspace, path: str) -> None:
    space.file(path, b"x")
    assert paths(space.plan()) == set()


@pytest.mark.parametrize(
    "path",
    [".env.example", "environment.yml", "data.csv", ".gitignore", "key.txt", "env/x", "venv/x"],
)
def test_kept_by_default(space: Workspace, path: str) -> None:
    space.file(path, b"x")
    assert paths(space.plan()) == {path.encode()}


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "conda-meta/history"])
def test_environments_are_known_by_what_lies_in_them(space: Workspace, mark: str) -> None:
    space.file(f"tools/py/{mark}", b"")
    space.file("tools/py/lib/x.py", b"")
    space.file("tools/other.py", b"")
    plan = space.plan()
    assert paths(plan) == {b"tools/other.py"}
    assert plan.ignored == (b"tools/py",)


def test_a_workspace_that_is_an_environment_keeps_its_own_files(space: Workspace) -> None:
    space.file("pyvenv.cfg", b"")
    space.file("lib/python3.11/x.py", b"")
    space.file("notebook.ipynb", b"{}")
    assert paths(space.plan()) == {b"notebook.ipynb"}


def test_gitignore_is_not_honoured(space: Workspace) -> None:
    space.file(".gitignore", "data/\n")
    space.file("data/raw.csv", b"x")
    assert b"data/raw.csv" in paths(space.plan())


def test_dotscienceignore_nested_negated_and_commented(space: Workspace) -> None:
    space.file(".dotscienceignore", "# big\n*.bin\n/top\nlogs/\n!keep.bin\n")
    space.file("a/.dotscienceignore", "!mine.bin\n*.txt\n/deep\n")
    for path in ("x.bin", "keep.bin", "top", "a/top", "logs/1", "a/logs/2"):
        space.file(path, b"")
    for path in ("a/mine.bin", "a/other.bin", "a/n.txt", "n.txt", "a/deep", "a/b/deep"):
        space.file(path, b"")
    assert paths(space.plan()) == {
        b".dotscienceignore",
        b"a/.dotscienceignore",
        b"keep.bin",
        b"a/top",
        b"a/mine.bin",
        b"n.txt",
        b"a/b/deep",
    }


def test_dotscienceignore_brings_back_a_default_but_never_the_store(space: Workspace) -> None:
    space.file(".dotscienceignore", "!.env\n!.git\n!.dotscience\n")
    for path in (".env", ".git/config", ".dotscience/x"):
        space.file(path, b"")
    assert paths(space.plan()) == {b".dotscienceignore", b".env"}


def test_bad_lines_of_an_ignore_file_are_named_and_the_others_hold(space: Workspace) -> None:
    space.file(".dotscienceignore", b"*.bin\n!\n/\n\xff*\n")
    space.file("a.bin", b"")
    space.file(b"\xffname", b"")
    plan = space.plan()
    assert paths(plan) == {b".dotscienceignore"}
    assert all("line" in problem for problem in plan.problems)


@pytest.mark.parametrize("kind", ["link", "fifo", "huge"])
def test_an_ignore_file_that_is_none_is_named(space: Workspace, kind: str) -> None:
    path = space.root / ".dotscienceignore"
    if kind == "link":
        path.symlink_to("/etc/passwd")
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.write_bytes(b"x\n" * (1 << 20))
    space.file("a", b"")
    plan = space.plan()
    assert b"a" in paths(plan)
    assert len(plan.problems) == 1


def test_folders_given_by_the_caller_are_left_out(space: Workspace) -> None:
    space.file("run-1/a", b"")
    space.file("d/run-2/a", b"")
    space.file("b", b"")
    assert paths(space.plan(skip=(b"run-1", b"d/run-2"))) == {b"b"}


def test_special_files_are_counted_and_links_not_followed(space: Workspace) -> None:
    os.mkfifo(space.root / "pipe")
    (space.root / "loop").symlink_to(".")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.fspath(space.root / "sock"))
        plan = space.plan()
    assert (plan.special, paths(plan)) == (2, set())
    assert plan.special_paths == (b"pipe", b"sock")
    assert [node.path for node in plan.links] == [b"loop"]


def test_deep_trees(space: Workspace) -> None:
    space.file("/".join(["d"] * 300) + "/leaf", b"")
    plan = space.plan()
    assert len(plan.folders) == 300
    assert space.checkout(space.freeze().tree).files == 1


def test_walking_can_be_cancelled(space: Workspace) -> None:
    def cancel() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        walk(os.fsencode(space.root), Ignore(), Rules(()), cancel)
