"""What a process has from the one that started it: the run it belongs to.

- A process says in ``DOTSCIENCE_RUN`` which run goes on in it, and takes that back afterwards.
- Only a worker that multiprocessing or loky started takes the run from there, and a rank under
  torchrun its run's id from the launcher: any other child has runs of its own.
- All ranks compute the same id without talking: of the launch, and of how many runs began before.
  Rank 0 begins and publishes the run; the others only append to it.
"""

from __future__ import annotations

import json
import os
import sys
import uuid

from dotscience._guard import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VARIABLE = "DOTSCIENCE_RUN"
_CONFIG = "dotscience_run"


class Announced:
    """The runs that go on in this process, as its children are told of them; the latest counts."""

    def __init__(self) -> None:
        self._runs: dict[str, str] = {}
        self._before: str | None = None

    @guarded
    def begin(self, run: str, root: str, workspace: str, journal: str | None) -> None:
        """``run`` goes on from here."""
        if not self._runs:
            self._before = os.environ.get(VARIABLE)
        name = journal and os.path.basename(journal).partition(".")[0]
        told = {"run": run, "root": root, "workspace": workspace, "journal": name, "rank": rank()}
        self._runs[run] = json.dumps(told)
        self._tell(self._runs[run])

    @guarded
    def end(self, run: str) -> None:
        """``run`` goes on no more. May be called for any id."""
        if self._runs.pop(run, None) is not None:
            self._tell(list(self._runs.values())[-1] if self._runs else self._before)

    @staticmethod
    def _tell(value: str | None) -> None:
        if value is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = value
        # A fork server has the environment of when it began: its children get this beside it.
        config = getattr(_current_process(), "_config", None)
        if isinstance(config, dict):
            config[_CONFIG] = _AsOfNow()


class _AsOfNow:
    """The variable as it is when a process that will be started is pickled, not when it is made."""

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (os.environ.get(VARIABLE, ""),)


def parent_run() -> dict[str, Any] | None:
    """``run``, ``root``, ``workspace``, ``journal`` of the run that this worker belongs to; None in
    a process that is no worker of multiprocessing or loky."""
    process = _worker()
    if process is None:
        return None
    config = getattr(process, "_config", None)
    text = config.get(_CONFIG) if isinstance(config, dict) else None
    return _read(text if isinstance(text, str) else os.environ.get(VARIABLE))


def is_repeating() -> bool:
    """Whether a worker that is being started runs the main program's top level once more."""
    process = _current_process()
    return bool(getattr(process, "_inheriting", False)) and parent_run() is not None


def rank() -> int | None:
    """This process's number under torchrun, None elsewhere (and in workers and children of ranks)."""
    number, size = os.environ.get("RANK", ""), os.environ.get("WORLD_SIZE", "")
    if "TORCHELASTIC_RUN_ID" not in os.environ or not (number.isdigit() and size.isdigit()):
        return None
    told = _read(_OURS)
    if (
        os.getpid() != _PROCESS
        or _worker() is not None
        or (told is not None and told.get("rank") is not None)
    ):
        return None
    return int(number)


def rank_run(count: int) -> str:
    """The id, in uuid4's form, of the ``count``-th run that begins in each rank of this launch."""
    import hashlib

    digest = hashlib.sha256(f"{_launch()} {count}".encode("utf-8", "replace")).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def _launch() -> str:
    """What is the same in all ranks of one launch and in no other."""
    names = ["TORCHELASTIC_RUN_ID", "TORCHELASTIC_RESTART_COUNT", "WORLD_SIZE"]
    on_one_host = os.environ.get("LOCAL_WORLD_SIZE") == os.environ.get("WORLD_SIZE")
    if not on_one_host:
        names += ["MASTER_ADDR", "MASTER_PORT"]
    parts = [os.environ.get(name, "") for name in names]
    if on_one_host:  # a launcher's id may be used again, its process not
        parts += [str(os.getppid()), _started(os.getppid())]
    return " ".join(parts)


def _started(pid: int) -> str:
    """When a process began, in ticks since the machine did."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        return ""


def _read(text: str | None) -> dict[str, Any] | None:
    try:
        told = json.loads(text or "null")
        uuid.UUID(told["run"])
        paths = (told["root"], told["workspace"])
        return told if all(os.path.isabs(path) for path in paths) else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _current_process() -> Any:
    process = sys.modules.get("multiprocessing.process")
    return process.current_process() if process is not None else None


def _worker() -> Any:
    """This process as multiprocessing knows it when it is one of its workers, or is becoming one."""
    process = _current_process()
    if process is None:
        return None
    is_worker = getattr(sys.modules["multiprocessing.process"], "_parent_process", None) is not None
    return process if is_worker or getattr(process, "_inheriting", False) else None


_PROCESS = os.getpid()
#: As this process found it, before it announced runs of its own.
_OURS = os.environ.get(VARIABLE)
#: The runs of this process.
announced = Announced()
