"""The choice of the workspace and where its store lies (docs/formats/store.md)."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from dotscience import _workspace as ws


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a home beside it."""
    home = tmp_path / "home" / "ann"
    home.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def git(folder: Path, *args: str) -> None:
    names = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *names, *args], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(base: Path) -> Path:
    folder = base / "repo"
    (folder / "sub dir" / "deep").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    return folder


def choice(path: Path) -> tuple[str, str]:
    chosen = ws.choose_workspace(path)
    assert chosen.store == ws.store_path(chosen.root)
    return chosen.root, chosen.reason


def test_a_lone_folder_is_its_own_workspace(base: Path) -> None:
    folder = base / "a" / "b"
    folder.mkdir(parents=True)
    assert choice(folder) == (str(folder), "folder")
    assert choice(folder / "new.ipynb") == (str(folder), "folder")
    assert ws.store_path(folder) == str(folder / ".dotscience")


def test_the_nearest_tracked_parent_comes_first(base: Path, repository: Path) -> None:
    ws.make_store(ws.store_path(base / "repo"))
    assert choice(repository / "sub dir" / "deep") == (str(repository), "tracked-parent")
    ws.make_store(ws.store_path(repository / "sub dir"))
    assert choice(repository / "sub dir" / "deep") == (
        str(repository / "sub dir"),
        "tracked-parent",
    )


def test_a_tracked_folder_may_hold_a_repository(base: Path) -> None:
    (base / "data" / "repo").mkdir(parents=True)
    git(base / "data" / "repo", "init", "-q")
    ws.make_store(str(base / "data" / ".dotscience"))
    assert choice(base / "data" / "repo") == (str(base / "data"), "tracked-parent")


def test_the_git_folder_holds_the_store(repository: Path) -> None:
    assert choice(repository / "sub dir" / "deep") == (str(repository), "git-root")
    assert ws.store_path(repository) == str(repository / ".git/dotscience/main")
    below = str(repository / ".git/dotscience/main+sub%20dir%2Fdeep")
    assert ws.store_path(repository / "sub dir" / "deep") == below


def test_git_clean_and_stash_lose_nothing(repository: Path) -> None:
    """G2."""
    (repository / "f").write_text("x")
    git(repository, "add", "f")
    git(repository, "commit", "-qm", "f")
    store = Path(ws.store_path(repository))
    ws.make_store(str(store))
    (store / "journal" / "j").write_text("kept")
    git(repository, "clean", "-fdxq")
    git(repository, "stash", "-u")
    assert (store / "journal" / "j").read_text() == "kept"


def test_worktrees_share_the_git_folder(repository: Path, base: Path) -> None:
    git(repository, "commit", "-qm", "x", "--allow-empty")
    git(repository, "worktree", "add", "-q", str(base / "tree"))
    assert choice(base / "tree") == (str(base / "tree"), "git-root")
    assert ws.store_path(base / "tree") == str(repository / ".git/dotscience/wt-tree")


def test_a_folder_that_becomes_a_repository_keeps_its_store(base: Path) -> None:
    folder = base / "late"
    folder.mkdir()
    ws.make_store(ws.store_path(folder))
    git(folder, "init", "-q")
    assert ws.store_path(folder) == str(folder / ".dotscience")
    git(folder, "add", ".")
    staged = subprocess.run(["git", "ls-files"], cwd=folder, capture_output=True, check=True)
    assert staged.stdout == b""


@pytest.mark.parametrize("above", ["home/ann", "home", "."])
def test_home_and_what_is_above_are_never_parents(base: Path, above: str) -> None:
    folder = base / "home/ann/project"
    folder.mkdir()
    ws.make_store(str(base / above / ".dotscience"))
    git(base / above, "init", "-q")
    assert choice(folder) == (str(folder), "folder")
    assert choice(base / above)[1] == "home"


def test_shared_folders_are_never_parents(base: Path) -> None:
    shared = base / "shared"
    (shared / "mine").mkdir(parents=True)
    shared.chmod(0o1777)
    ws.make_store(str(shared / ".dotscience"))
    assert choice(shared / "mine") == (str(shared / "mine"), "folder")
    assert choice(shared)[1] == "home"


def test_links_lead_to_one_workspace(base: Path) -> None:
    (base / "real").mkdir()
    (base / "link").symlink_to("real")
    assert choice(base / "link") == (str(base / "real"), "folder")


def test_an_empty_dot_git_is_no_repository(base: Path) -> None:
    (base / "x" / ".git").mkdir(parents=True)
    assert choice(base / "x") == (str(base / "x"), "folder")


def test_a_deep_folder_has_a_key_that_fits(repository: Path) -> None:
    deep = repository.joinpath(*["ä" * 40] * 8)
    deep.mkdir(parents=True)
    name = os.path.basename(ws.store_path(deep))
    assert name.startswith("main++")
    assert len(name) < 255


def test_a_name_that_is_not_utf8(base: Path) -> None:
    folder = os.fsencode(base) + b"/\xff"
    os.mkdir(folder)
    chosen = ws.choose_workspace(os.fsdecode(folder))
    assert os.fsencode(chosen.store) == folder + b"/.dotscience"
    assert len(os.path.basename(ws.socket_path(chosen.store))) == 21


def test_sockets_fit_and_stay_private(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = f"/tmp/dotscience-{os.getuid()}/"
    assert ws.socket_path("/a").startswith(shared)
    # Short whatever pytest's own folders are called: a socket's name has 108 bytes.
    with tempfile.TemporaryDirectory(dir="/tmp") as runtime:
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        name = os.path.basename(ws.socket_path("/a"))
        assert ws.socket_path("/a") == f"{runtime}/dotscience/{name}"
        assert ws.socket_path("/a") != ws.socket_path("/b")
    long = base / ("x" * 100)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    assert ws.socket_path("/a").startswith(shared)


def test_a_private_folder_is_refused_when_others_can_enter(base: Path) -> None:
    """G7."""
    folder = base / "p"
    assert ws.private_folder(str(folder)) == str(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    ws.private_folder(str(folder))
    folder.chmod(0o755)
    with pytest.raises(PermissionError):
        ws.private_folder(str(folder))
    (base / "link").symlink_to(folder)
    with pytest.raises(PermissionError):
        ws.private_folder(str(base / "link"))


def test_cache_and_log_follow_xdg(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = base / "home/ann"
    assert ws.cache_dir("r") == str(home / ".cache/dotscience/r")
    assert ws.log_path("r") == str(home / ".local/state/dotscience/log/r.log")
    monkeypatch.setenv("XDG_CACHE_HOME", "/c")
    monkeypatch.setenv("XDG_STATE_HOME", "relative is ignored")
    assert ws.cache_dir("r") == "/c/dotscience/r"
    assert ws.fallback_journal_dir() == str(home / ".local/state/dotscience/journal")
