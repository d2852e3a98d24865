"""Puts our library on the ``PYTHONPATH`` of the Python kernels that this server starts, and has them load what the
user's settings ask for.

Where: after everything else the user has on it, so that nothing of his is hidden; it still stands before site-packages.
How: Jupyter asks its factory for a provisioner for each kernel; each is given a `pre_launch` that completes the environment
last of all, after the kernel specification's own ``env``, at every start and restart. No class that the user configured is
replaced, and the server's own environment stays as it is. With `capture` on, a kernel that ipykernel's launcher starts gets
``--ext=dotscience._kernel`` beside the user's own extensions; one that cannot import it only logs that. Kernels that another machine starts (a gateway) have no provisioner
here and are left alone (docs/decisions/0031-library-on-the-kernels-path.md).
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from logging import Logger
from typing import Any, Protocol

from jupyter_client.provisioning.factory import KernelProvisionerFactory

from dotscience._query_chunks import SERVER_PYTHON

from ..settings import CaptureSettings
from .kernel_library import ensure_library
from .mlflow_plugin import MLFLOW_SCHEME, MLFLOW_VARIABLE, ensure_plugin

EXTENSION = "dotscience._kernel"


class OnKernel(Protocol):
    """Hears of each start of a Python kernel, before its process begins."""

    def __call__(self, command: list[str], env: dict[str, str], cwd: str | None) -> None: ...


class KernelLibrary:
    """`install` once in a process; `uninstall` puts the factory's method back."""

    def __init__(
        self, on_kernel: OnKernel, settings: Callable[[], CaptureSettings], log: Logger
    ) -> None:
        self._on_kernel = on_kernel
        self._settings = settings
        self._log = log
        self._create: Callable[..., Any] | None = None

    def install(self) -> None:
        """From now on, kernels find our library."""
        create = KernelProvisionerFactory.create_provisioner_instance

        def create_with_library(factory: Any, *args: Any, **kwargs: Any) -> Any:
            provisioner = create(factory, *args, **kwargs)
            self._hook(provisioner)
            return provisioner

        self._create = create
        self._set(create_with_library)

    def uninstall(self) -> None:
        """Kernels started later are as they were without us."""
        if self._create is not None:
            self._set(self._create)
            self._create = None

    def _set(self, create: Callable[..., Any]) -> None:
        KernelProvisionerFactory.create_provisioner_instance = create  # type: ignore[method-assign]

    def _hook(self, provisioner: Any) -> None:
        pre_launch = provisioner.pre_launch

        async def pre_launch_with_library(**kwargs: Any) -> dict[str, Any]:
            launch: dict[str, Any] = await pre_launch(**kwargs)
            await self._complete(provisioner, launch)
            return launch

        provisioner.pre_launch = pre_launch_with_library

    async def _complete(self, provisioner: Any, launch: dict[str, Any]) -> None:
        """Never fails a kernel's start: without the library it starts as before."""
        try:
            language = getattr(provisioner.kernel_spec, "language", "") or ""
            if not language.lower().startswith("python") or "env" not in launch:
                return
            library = os.fspath(await asyncio.to_thread(ensure_library))
            launch["env"]["PYTHONPATH"] = with_entry(launch["env"].get("PYTHONPATH", ""), library)
            launch["env"][SERVER_PYTHON] = sys.executable
            await self._capture(launch)
            self._on_kernel(list(launch["cmd"]), dict(launch["env"]), launch.get("cwd"))
        except Exception:
            self._log.warning("Dotscience: a kernel starts without the library", exc_info=True)

    async def _capture(self, launch: dict[str, Any]) -> None:
        settings = await asyncio.to_thread(self._settings)
        if settings.problem is not None:
            self._log.warning("Dotscience: kernels record less: %s", settings.problem)
        env = launch["env"]
        if settings.capture and env.get("DOTSCIENCE_CAPTURE") != "0":
            launch["cmd"] = with_extension(list(launch["cmd"]))
        if settings.mlflow and not env.get(MLFLOW_VARIABLE):
            plugin = await asyncio.to_thread(ensure_plugin)
            if plugin is not None:
                env["PYTHONPATH"] = with_entry(env["PYTHONPATH"], os.fspath(plugin))
                env[MLFLOW_VARIABLE] = MLFLOW_SCHEME


def with_extension(command: list[str]) -> list[str]:
    """A kernel's command that loads our extension; unchanged where it does not run ipykernel.

    Before an extension of the user's: an IPython that takes only one keeps the last.
    """
    option = f"--ext={EXTENSION}"
    if not any(one.startswith("ipykernel") for one in command) or option in command:
        return command
    own = (at for at, one in enumerate(command) if one == "--ext" or one.startswith("--ext="))
    at = next(own, len(command))
    return [*command[:at], option, *command[at:]]


def with_entry(python_path: str, entry: str) -> str:
    """``PYTHONPATH`` with ``entry`` at its end, once. Raises ValueError for an entry it cannot hold."""
    if os.pathsep in entry:
        raise ValueError(f"{entry} has a {os.pathsep!r} in it and cannot stand on PYTHONPATH")
    if not python_path:
        return entry
    entries = [one for one in python_path.split(os.pathsep) if one != entry]
    return os.pathsep.join([*entries, entry])


def kernels_work(kernel_manager: Any, within_s: float) -> bool:
    """Whether a kernel is busy or was within the last ``within_s`` seconds."""
    kernels = (kernel_manager.get_kernel(id) for id in kernel_manager.list_kernel_ids())
    return any(_works(kernel, within_s) for kernel in kernels)


def _works(kernel: Any, within_s: float) -> bool:
    if getattr(kernel, "execution_state", None) == "busy":
        return True
    last = getattr(kernel, "last_activity", None)
    return last is not None and (datetime.now(timezone.utc) - last).total_seconds() < within_s
