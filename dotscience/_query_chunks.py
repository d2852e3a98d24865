"""Bytes that lie in chunks, from the workspace's worker: it decodes and checks them (``docs/formats/store.md``).

This library is the standard library alone, and chunks need BLAKE3 and LZ4. So the worker is asked on its socket; where none
listens the ``ds`` command gives the bytes and starts one for the next time. The command is known from the environment (the
Jupyter server names its own interpreter to kernels) or is that of this interpreter, never from a file of the workspace.
"""

from __future__ import annotations

import errno
import http.client
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from urllib.parse import quote, urlencode

from dotscience._workspace import socket_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from dotscience._workspace import Workspace

SERVER_PYTHON = "DOTSCIENCE_SERVER_PYTHON"
"""The interpreter that has the server part; set for kernels that a Jupyter server starts, and below ``ds run``."""
_PIECE = 1 << 20
_TIMEOUT_S = 60


def open_chunked(workspace: Workspace, run: str, path: str) -> BinaryIO:
    """A file of a run, whole and checked, seekable. Raises OSError (EIO) with what to do where nobody can read it."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        if not _from_worker(workspace, run, path, file):
            _from_command(workspace, run, path, file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _from_worker(workspace: Workspace, run: str, path: str, into: BinaryIO) -> bool:
    """False where no worker listens."""
    connection = _connect(socket_path(workspace.store))
    if connection is None:
        return False
    try:
        target = _target(workspace.store, run, path)
        connection.request("GET", target, headers={"X-Dotscience-Version": _version()})
        answer = connection.getresponse()
        if answer.status != 200:
            _refused(answer, path)
            return False
        shutil.copyfileobj(answer, into, _PIECE)
        return True
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, OSError) and error.errno == errno.EIO:
            raise
        into.seek(0)
        into.truncate()
        return False
    finally:
        connection.close()


def _refused(answer: http.client.HTTPResponse, path: str) -> None:
    """Raise what the worker says of the file; other errors are none of it (it ends, or is of another version)."""
    try:
        told = json.loads(answer.read())
    except ValueError:
        return
    if told.get("code") in ("object-damaged", "file-not-kept", "file-changed", "content-thinned"):
        raise OSError(errno.EIO, str(told.get("message")), path)


def _target(store: str, run: str, path: str) -> str:
    with open(os.path.join(store, "workspace.json"), encoding="utf-8") as file:
        replica = json.load(file)["replica"]
    try:
        named = os.fsencode(path).decode("utf-8")
    except UnicodeDecodeError:
        from dotscience._tree import name_to_json

        named = json.dumps(name_to_json(os.fsencode(path)))
    return f"/v1/w/{quote(replica)}/runs/{quote(run)}/file?{urlencode({'path': named})}"


def _connect(path: str) -> http.client.HTTPConnection | None:
    """A connection, or None. A folder that others may write is not trusted: somebody else could answer."""
    try:
        folder = os.lstat(os.path.dirname(path))
    except OSError:
        return None
    if not stat.S_ISDIR(folder.st_mode) or folder.st_uid != os.getuid() or folder.st_mode & 0o077:
        return None
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(_TIMEOUT_S)
    try:
        sock.connect(path)
    except OSError:
        sock.close()
        return None
    connection = http.client.HTTPConnection("worker")
    connection.sock = sock
    return connection


def _from_command(workspace: Workspace, run: str, path: str, into: BinaryIO) -> None:
    command = [os.environ.get(SERVER_PYTHON) or sys.executable, "-m", "dotscience_server"]
    command += ["-C", workspace.root, "cat", f"{run}:{path}"]
    environ = {**os.environ, "DOTSCIENCE_OBSERVE": "0"}
    if SERVER_PYTHON in environ:
        # What lends this kernel our library would hide that interpreter's own packages.
        environ.pop("PYTHONPATH", None)
    environ.pop("DOTSCIENCE_OBSERVED", None)
    try:
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environ,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            shutil.copyfileobj(process.stdout, into, _PIECE)
            told = process.stderr.read().decode(errors="replace").strip()
    except OSError as error:
        told, code = str(error), 1
    else:
        code = process.returncode
    if code != 0:
        last = told.splitlines()[-1] if told else "the server part of Dotscience is not installed"
        raise OSError(
            errno.EIO,
            f"{last} (stored in chunks, which the `ds` command reads: start JupyterLab here, or install jupyterlab-dotscience)",
            path,
        )


def _version() -> str:
    from dotscience import __version__

    return __version__
