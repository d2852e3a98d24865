"""Programs that this process starts: what their arguments name, and what changes while they run.

- Other Pythons observe themselves: a folder with a `sitecustomize` stands first on their ``PYTHONPATH``, and
  ``DOTSCIENCE_OBSERVED`` says for which workspace. It finds and runs the user's own.
- Of other programs only the arguments are known (*child*); that a file changed meanwhile does not say who did
  it (*during*).
"""

from __future__ import annotations

import os
import re
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator

    from dotscience._observe._seen import Seen

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "children")
VARIABLE = "DOTSCIENCE_OBSERVED"
_WORDS = r"[^\s'\";|&<>()]+"
_LOOKED_AT = 200
_WAITED_FOR = 64


class Children:
    """``kept`` makes a path absolute and refuses noise; ``watch`` hears whether programs run."""

    def __init__(self, seen: Seen, kept: Callable[[str], str | None]) -> None:
        self._seen = seen
        self._kept = kept
        self._named: dict[str, int] = {}  # → when it last changed, in ns; -1 where it was not there
        self._is_running = False
        self._is_forking = False
        self.on_running: Callable[[bool], None] = lambda running: None
        self.handlers: dict[str, Callable[..., None]] = {
            "subprocess.Popen": self._popen,
            "os.system": self._system,
            "os.posix_spawn": self._spawn,
            "os.exec": self._spawn,
            "os.spawn": self._old_spawn,
            "os.forkpty": self._forked_to_run,
        }

    def after_fork(self) -> None:
        """A forked child waits for nothing its parent started."""
        self._named.clear()
        self._is_running = self._is_forking = False

    def look(self) -> None:
        """Which named files have come or changed, and whether a program still runs."""
        for path, before in list(self._named.items()):
            now = _changed(path)
            if now != before and now >= 0:
                self._named[path] = now
                self._seen.forget(path, "r")  # it may have been read too; it was written for sure
                self._seen.add(path, "w", "child", self._seen.since)
        if self._is_running and not _has_child():
            self._is_running = False
            self._named.clear()
            self.on_running(False)

    def _popen(self, executable: Any, args: Any, cwd: Any, env: Any) -> None:
        self._started(args, cwd)

    def _system(self, command: Any) -> None:
        self._started(command, None)

    def _spawn(self, path: Any, args: Any, env: Any) -> None:
        self._started(args, None)

    def _old_spawn(self, mode: Any, path: Any, args: Any, env: Any) -> None:
        self._started(args, None)

    def _forked_to_run(self) -> None:
        """A shell's ``!command`` in IPython: the child tells its arguments when it becomes the program."""
        self._is_forking = True

    def forked(self) -> None:
        """In the parent, once the child is there."""
        if self._is_forking:
            self._is_forking = False
            self._is_running = True
            self.on_running(True)

    def _started(self, args: Any, cwd: Any) -> None:
        if threading.current_thread().name.startswith("dotscience"):
            return  # Git, asked by ourselves
        self._is_running = True
        self.on_running(True)
        base = os.path.join(os.getcwd(), os.fsdecode(cwd)) if cwd is not None else os.getcwd()
        for word in _words(args):
            path = self._kept(os.path.join(base, word))
            if path is None or os.path.isdir(path):
                continue
            changed = _changed(path)
            if changed >= 0:
                self._seen.add(path, "r", "child")
            if len(self._named) < _WAITED_FOR and os.path.isdir(os.path.dirname(path)):
                self._named[path] = changed


def put_on_path(workspace: str, environ: Any, folder: str = FOLDER) -> None:
    """Let Pythons started with this environment observe themselves for the workspace; ``folder`` is a copy's `FOLDER`."""
    rest = [one for one in environ.get("PYTHONPATH", "").split(os.pathsep) if one and one != folder]
    if os.pathsep not in folder:
        environ["PYTHONPATH"] = os.pathsep.join([folder, *rest])
        environ[VARIABLE] = workspace


def _words(args: Any) -> Iterator[str]:
    """What may be a path in a command: each argument, what stands behind ``=``, the words of a script.

    The program itself counts only where it is named by a path below the current folder.
    """
    given = [args] if isinstance(args, (str, bytes, os.PathLike)) else list(args)
    texts = [os.fsdecode(one) for one in given[:_LOOKED_AT]]
    is_script = isinstance(args, (str, bytes)) or "-c" in texts[:3]
    if not is_script and texts and (os.path.isabs(texts[0]) or os.sep not in texts[0]):
        del texts[0]
    count = 0
    for text in texts:
        for word in re.findall(_WORDS, text) if is_script and " " in text else (text,):
            count += 1
            if count <= _LOOKED_AT and word and len(word) < 1000 and "\0" not in word:
                yield word.partition("=")[2] if "=" in word else word


def _changed(path: str) -> int:
    """When the file or its facts changed last, in ns; -1 where there is none."""
    try:
        return os.stat(path).st_ctime_ns
    except OSError:
        return -1


def _has_child() -> bool:
    """Whether there is a child, running or not waited for yet."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    except (AttributeError, OSError):
        return True
    return True
