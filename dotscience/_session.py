"""Who records: the session record's facts, the notebook and the cell, as far as they can be known.

Everything here is a look at what is in memory or in the environment; nothing is imported or run.
"""

from __future__ import annotations

import os
import re
import sys
import time

from dotscience._repeats import repeats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_IMPORTED_IN = os.getpid()
_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_ERROR_LIMIT = 10_000
_COMMAND_LIMIT = 32_768
_CONNECTION = re.compile(r"kernel-(.+)\.json")


def session(root: str, workspace: str, library: str) -> dict[str, Any]:
    """The payload of a session record, but for ``parent`` and ``rank``; paths absolute."""
    machine = os.uname() if hasattr(os, "uname") else None
    repeated = repeats(root)
    return {
        "v": 2,
        "t": str(time.time_ns()),
        "pid": os.getpid(),
        "host": machine.nodename if machine else os.environ.get("COMPUTERNAME"),
        "boot": _boot(),
        "user": _user(),
        "library": library,
        "python": "{}.{}.{}".format(*sys.version_info),
        "executable": sys.executable,
        "argv": [str(argument) for argument in getattr(sys, "argv", [])],
        "orig_argv": _command_line(),
        "cwd": current_folder(),
        "root": root,
        "workspace": workspace,
        "notebook": notebook(),
        "kernel": _kernel_id(),
        "command": os.environ.get("DOTSCIENCE_COMMAND"),
        "platform": f"{machine.sysname} {machine.release} {machine.machine}"
        if machine
        else sys.platform,
        "repeats": repeated and repeated.run,
        "repetition": repeated and repeated.repetition,
    }


def _command_line() -> list[str] | None:
    """The whole command, interpreter and options; None before Python 3.10 and where it is very long."""
    told = [str(word) for word in getattr(sys, "orig_argv", ())]
    return told if told and sum(map(len, told)) <= _COMMAND_LIMIT else None


def current_folder() -> str:
    """The current directory; what the shell last said where it has been deleted."""
    try:
        return os.getcwd()
    except OSError:
        return os.environ.get("PWD", os.sep)


def notebook() -> str | None:
    """The notebook's absolute path where the Jupyter server or VS Code told it (it may have been
    renamed since)."""
    path = os.environ.get("JPY_SESSION_NAME", "")
    shell = kernel_shell()
    if not path and shell is not None:
        path = str(getattr(shell, "user_ns", {}).get("__vsc_ipynb_file__", ""))
    return path if os.path.isabs(path) else None


def kernel_shell() -> Any:
    """IPython's shell when this process is a Jupyter kernel, else None."""
    module = sys.modules.get("IPython")
    try:
        shell = module.get_ipython() if module is not None else None
    except Exception:
        return None
    return shell if getattr(shell, "kernel", None) is not None else None


def is_forked(shell: Any) -> bool:
    """Whether this is a child that the kernel's process forked: its displays would go nowhere."""
    thread = getattr(shell.kernel, "iopub_thread", None)
    return bool(getattr(thread, "_master_pid", _IMPORTED_IN) != os.getpid())


def parent_header() -> dict[str, Any]:
    """The request that the kernel is executing, {} outside a kernel: header and metadata."""
    shell = kernel_shell()
    try:
        parent = shell.get_parent() if shell is not None else {}
    except Exception:
        return {}
    return parent if isinstance(parent, dict) else {}


def cell() -> tuple[str | None, int | None]:
    """(nbformat cell id, execution count) of the cell that runs, None where not known."""
    shell = kernel_shell()
    if shell is None:
        return None, None
    id = parent_header().get("metadata", {}).get("cellId")
    # VS Code sends a URI instead.
    is_id = isinstance(id, str) and _CELL_ID.fullmatch(id) is not None
    return (id if is_id else None), _execution_count(shell)


def _execution_count(shell: Any) -> int | None:
    # Not `shell.execution_count`: inside a cell IPython 9 has already counted on.
    try:
        return len(shell.history_manager.input_hist_parsed) - 1
    except Exception:
        return None


def last_error() -> str | None:
    """The text of the exception that ends the process, None where none does.

    Python leaves it in `sys` when it has printed it; so does every cell and prompt that failed, which
    ends nothing.
    """
    if kernel_shell() is not None or hasattr(sys, "ps1") or sys.flags.interactive:
        return None
    error = getattr(sys, "last_value", None)
    if error is None:
        return None
    try:
        return f"{type(error).__name__}: {error}"[:_ERROR_LIMIT]
    except Exception:
        return type(error).__name__


def _boot() -> str | None:
    """The kernel's id of the time since the machine started."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read(64).strip() or None
    except (OSError, ValueError):
        return None


def _user() -> str | None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        if os.environ.get(name):
            return os.environ[name]
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except Exception:
        return None


def _kernel_id() -> str | None:
    for argument in getattr(sys, "argv", []):
        match = _CONNECTION.fullmatch(os.path.basename(str(argument)))
        if match and "ipykernel" in sys.modules:
            return match.group(1)
    return None
