"""Who records: the session record's facts, the notebook and the cell, as far as they can be known.

Everything here is a look at what is in memory or in the environment; nothing is imported or run.
"""

from __future__ import annotations

import os
import re
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CONNECTION = re.compile(r"kernel-(.+)\.json")


def session(root: str, workspace: str, library: str) -> dict[str, Any]:
    """The payload of a session record; ``root`` and ``workspace`` absolute."""
    machine = os.uname() if hasattr(os, "uname") else None
    return {
        "v": 1,
        "t": str(time.time_ns()),
        "pid": os.getpid(),
        "host": machine.nodename if machine else os.environ.get("COMPUTERNAME"),
        "user": _user(),
        "library": library,
        "python": "{}.{}.{}".format(*sys.version_info),
        "executable": sys.executable,
        "argv": [str(argument) for argument in getattr(sys, "argv", [])],
        "cwd": current_folder(),
        "root": root,
        "workspace": workspace,
        "notebook": notebook(),
        "kernel": _kernel_id(),
        "platform": f"{machine.sysname} {machine.release} {machine.machine}"
        if machine
        else sys.platform,
    }


def current_folder() -> str:
    """The current directory; what the shell last said where it has been deleted."""
    try:
        return os.getcwd()
    except OSError:
        return os.environ.get("PWD", os.sep)


def notebook() -> str | None:
    """The notebook's absolute path where the Jupyter server told it (it may be renamed since)."""
    path = os.environ.get("JPY_SESSION_NAME", "")
    return path if os.path.isabs(path) else None


def kernel_shell() -> Any:
    """IPython's shell when this process is a Jupyter kernel, else None."""
    module = sys.modules.get("IPython")
    try:
        shell = module.get_ipython() if module is not None else None
    except Exception:
        return None
    return shell if getattr(shell, "kernel", None) is not None else None


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
    count = getattr(shell, "execution_count", None)
    return (id if isinstance(id, str) else None), (count if isinstance(count, int) else None)


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
