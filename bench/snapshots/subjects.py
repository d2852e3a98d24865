"""Who is compared, and how each is asked. Each gets equal work and says what it makes durable."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from bench.tracking.peerset import PEERS, interpreter

from .running import Command, Measured, Server, run

PROJECT = Path(__file__).resolve().parents[2]


class Subject(Protocol):
    """One store for one workspace. No operation raises: what fails says so in its `Measured`."""

    store: Path

    def prepare(self) -> Measured:
        """Make the empty store; not part of any time."""

    def snapshot(self, budget_s: float) -> Measured:
        """Store the tree as it is."""

    def seal(self, budget_s: float) -> Measured | None:
        """What is still to do until all hashes are known; None where that is nothing."""

    def restore(self, into: Path, budget_s: float) -> Measured:
        """Bring the last snapshot back into a new folder."""

    def file(self, path: str, into: Path, budget_s: float) -> Measured:
        """Bring one file back."""

    def range(self, path: str, offset: int, length: int, into: Path, budget_s: float) -> Measured:
        """Bring some bytes of a file back."""

    def end(self) -> None:
        """Whatever still runs ends."""


class Worker:
    """Ours, as the user of a workspace has it: the worker runs already."""

    def __init__(self, root: Path, base: Path) -> None:
        self.store = base / "store"
        self._argv = [sys.executable, "-m", "bench.snapshots.ours", "serve", str(root), str(base)]
        self._server: Server | None = None
        self.told: dict[str, Any] = {}

    def prepare(self) -> Measured:
        self._server = Server(self._argv, _environment(self.store.parent))
        return Measured()

    def snapshot(self, budget_s: float) -> Measured:
        return self._ask(["snapshot"], budget_s)

    def seal(self, budget_s: float) -> Measured | None:
        return self._ask(["seal"], budget_s) if self.told.get("state") == "frozen" else None

    def restore(self, into: Path, budget_s: float) -> Measured:
        return self._ask(["restore", str(into)], budget_s)

    def file(self, path: str, into: Path, budget_s: float) -> Measured:
        return self._ask(["file", path, str(into)], budget_s)

    def range(self, path: str, offset: int, length: int, into: Path, budget_s: float) -> Measured:
        return self._ask(["range", path, str(offset), str(length), str(into)], budget_s)

    def end(self) -> None:
        if self._server is not None:
            self._server.end()

    def _ask(self, words: list[str], budget_s: float) -> Measured:
        assert self._server is not None
        try:
            measured, self.told = self._server.ask(words, budget_s)
        except (BrokenPipeError, OSError):
            return Measured(failed="gone")
        return measured


Argv = list[str]


class Commands(NamedTuple):
    """What a program is called with; `{…}` of a shell line are its arguments $1, $2 …"""

    prepare: Sequence[Command]
    snapshot: Sequence[Command]
    restore: Callable[[Path], Sequence[Command]]
    file: Callable[[str, Path], Sequence[Command]]
    range: Callable[[str, int, int, Path], Sequence[Command]]


class Program:
    """A fresh process for each operation."""

    def __init__(self, store: Path, commands: Commands, **variables: str) -> None:
        self.store = store
        self._commands = commands
        self._env = {**_environment(store.parent), **variables}

    def prepare(self) -> Measured:
        return run(self._commands.prepare, self._env, 600)

    def snapshot(self, budget_s: float) -> Measured:
        return run(self._commands.snapshot, self._env, budget_s)

    def seal(self, budget_s: float) -> Measured | None:
        return None

    def restore(self, into: Path, budget_s: float) -> Measured:
        into.mkdir()
        return run(self._commands.restore(into), self._env, budget_s)

    def file(self, path: str, into: Path, budget_s: float) -> Measured:
        return run(self._commands.file(path, into), self._env, budget_s)

    def range(self, path: str, offset: int, length: int, into: Path, budget_s: float) -> Measured:
        return run(self._commands.range(path, offset, length, into), self._env, budget_s)

    def end(self) -> None:
        """Nothing runs."""


def process(root: Path, base: Path) -> Subject:
    """Ours, everything started for each operation."""

    class Whole(Program):
        def restore(self, into: Path, budget_s: float) -> Measured:
            return run(self._commands.restore(into), self._env, budget_s)  # it makes the folder

    def call(operation: str, *words: object) -> list[Command]:
        argv = [sys.executable, "-m", "bench.snapshots.ours", operation, str(root), str(base)]
        return [Command([*argv, *map(str, words)], PROJECT)]

    commands = Commands(
        [],
        call("snapshot"),
        lambda into: call("restore", into),
        lambda path, into: call("file", path, into),
        lambda *words: call("range", *words),
    )
    return Whole(base / "store", commands)


def restic(root: Path, base: Path) -> Subject:
    """Of Debian; always compresses from repository version 2 on, always encrypts, fsyncs packs."""
    call = ["restic", "-q", "-r", str(base / "restic"), "--cache-dir", str(base / "cache")]
    commands = Commands(
        [Command([*call, "init"])],
        [Command([*call, "backup", "."], root)],
        lambda into: [Command([*call, "restore", "latest", "--target", str(into)])],
        lambda path, into: [_piped([*call, "dump", "latest", f"/{path}"], None, into)],
        lambda path, at, n, into: [
            _piped([*call, "dump", "latest", f"/{path}"], (at, n), into),
        ],
    )
    return Program(base / "restic", commands, RESTIC_PASSWORD="bench")


def borg(root: Path, base: Path) -> Subject:
    """Of Debian; lz4, no encryption, fsyncs segments and commits."""
    store = base / "borg"
    last = f'"$(borg list --last 1 --short {store})"'
    extract, show = f"borg extract {store}::{last}", f"borg extract --stdout {store}::{last}"
    commands = Commands(
        [Command(["borg", "init", "-e", "none", str(store)])],
        [Command(["borg", "create", f"{store}::{{now:%Y%m%d%H%M%S%f}}", "."], root)],
        lambda into: [Command(["sh", "-c", extract], into)],
        lambda path, into: [_shell(f'{show} "$1" > "$2"', path, into)],
        lambda path, at, n, into: [_shell(f'{show} "$1" | {_cut(at, n)} > "$2"', path, into)],
    )
    variables = {"BORG_BASE_DIR": str(base), "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes"}
    return Program(store, commands, **variables, BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK="yes")


def git(root: Path, base: Path) -> Subject:
    """`add` and `commit` with core.fsync=all; zlib."""
    store = base / "git"
    call = ["git", f"--git-dir={store}", "-c", "gc.auto=0", "-c", "core.fsync=all"]
    work = [*call, f"--work-tree={root}", "-c", "user.name=x", "-c", "user.email=x"]
    show = [*call, "cat-file", "blob"]
    commands = Commands(
        [Command([*call, "init", "-q"])],
        [
            Command([*work, "add", "-A"], root),
            Command([*work, "commit", "-qm", "x", "--allow-empty"]),
        ],
        lambda into: [
            Command([*call, f"--work-tree={into}", "checkout", "-q", "-f", "HEAD", "--", "."], into)
        ],
        lambda path, into: [_piped([*show, f"HEAD:{path}"], None, into)],
        lambda path, at, n, into: [_piped([*show, f"HEAD:{path}"], (at, n), into)],
    )
    return Program(store, commands)


def dvc(root: Path, base: Path) -> Subject:
    """`dvc add` of the folder without Git; whole files by MD5, no compression, nothing is fsynced."""
    python = interpreter(next(peer for peer in PEERS if peer.module == "dvclive_plain"))
    call = [python, "-m", "dvc"]
    here, again = base / "project", base / "again"
    for folder in (here, again):
        folder.mkdir()
    link = ["sh", "-c", 'mv "$1" "$2"', "sh"]
    settings = [["cache.dir", str(base / "dvc")], ["core.site_cache_dir", str(base / "site")]]

    def begin(folder: Path) -> list[Command]:
        made = [Command([*call, "init", "-q", "--no-scm"], folder)]
        return made + [Command([*call, "config", *words], folder) for words in settings]

    def checkout(path: str, into: Path) -> list[Command]:
        note = str(here / "ws.dvc")
        return [
            Command(["cp", note, "."], again),
            Command([*call, "checkout", "-q", path], again),
            Command([*link, str(again / path), str(into)]),
        ]

    # The tree has to lie in the project: it is moved in and out again, which costs nothing.
    inside = here / "ws"
    commands = Commands(
        [*begin(here), *begin(again)],
        [
            Command([*link, str(root), str(inside)]),
            Command([*call, "add", "-q", "ws"], here),
            Command([*link, str(inside), str(root)]),
        ],
        lambda into: checkout("ws", into / "ws"),
        lambda path, into: checkout(f"ws/{path}", into),
        lambda path, at, n, into: [
            *checkout(f"ws/{path}", Path(f"{into}.whole")),
            _shell(f'cat "$1" | {_cut(at, n)} > "$2"', f"{into}.whole", into),
        ],
    )
    return Moved(base / "dvc", commands, root, inside)


class Moved(Program):
    """Puts the tree back where it was, also when a command was cut."""

    def __init__(self, store: Path, commands: Commands, root: Path, inside: Path) -> None:
        super().__init__(store, commands, DVC_NO_ANALYTICS="1")
        self._root, self._inside = root, inside

    def snapshot(self, budget_s: float) -> Measured:
        try:
            return super().snapshot(budget_s)
        finally:
            if self._inside.exists():
                self._inside.rename(self._root)


class Kind(NamedTuple):
    """A row of the tables."""

    title: str
    tool: str | None
    durable: str
    make: Callable[[Path, Path], Subject]


KINDS = (
    Kind("dotscience, running worker", None, "fsync, checked on the way in", Worker),
    Kind("dotscience, new process", None, "the same", process),
    Kind("restic", "restic", "fsync, encrypts always", restic),
    Kind("borg", "borg", "fsync, not encrypted", borg),
    Kind("git", "git", "fsync (core.fsync=all)", git),
    Kind("DVC 3.67.1", None, "no fsync", dvc),
)


def missing(kind: Kind) -> str | None:
    """Why this one cannot be measured here."""
    if kind.tool is not None and shutil.which(kind.tool) is None:
        return f"{kind.tool} is not installed (apt install {kind.tool})"
    if kind.make is dvc:
        try:
            interpreter(next(peer for peer in PEERS if peer.module == "dvclive_plain"))
        except (OSError, subprocess.CalledProcessError) as error:
            return f"cannot be installed: {error}"
    return None


def _environment(home: Path) -> dict[str, str]:
    """A home of its own, nobody's settings."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(PROJECT),
        "BENCH_DRIVER": os.environ.get("BENCH_DRIVER", "auto"),
    }


def _cut(offset: int, length: int) -> str:
    return f"tail -c +{offset + 1} | head -c {length}"


def _piped(argv: Sequence[str], part: tuple[int, int] | None, into: Path) -> Command:
    cut = "" if part is None else f"| {_cut(*part)}"
    return Command(["sh", "-c", f'into=$1; shift; "$@" {cut} > "$into"', "sh", str(into), *argv])


def _shell(line: str, *words: object) -> Command:
    return Command(["sh", "-c", line, "sh", *map(str, words)])
