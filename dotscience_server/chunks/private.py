"""The folder for sockets and for hf-xet's cache: ours alone. Names begin with the process they are of."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from ..store.failures import StoreUnwritable

_LONGEST_ADDRESS = 100  # bytes; the system takes 107 (103 on macOS)


class SocketFolder:
    """A folder of mode 0700, made or checked. Raises StoreUnwritable when it is another user's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._fd = -1
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            info = folder.lstat()
            if info.st_uid != os.geteuid():
                raise StoreUnwritable("the folder is another user's", path=str(folder))
            if info.st_mode & 0o077:
                folder.chmod(0o700)
        except OSError as error:
            raise StoreUnwritable(error.strerror or str(error), path=str(folder)) from error

    def address(self, name: str) -> str:
        """The address of a socket in it. A long one goes by way of an open descriptor, so that only
        this process can use it.
        """
        plain = str(self.folder / name)
        if len(os.fsencode(plain)) <= _LONGEST_ADDRESS or not Path("/proc/self/fd").is_dir():
            return plain
        if self._fd < 0:
            self._fd = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return f"/proc/self/fd/{self._fd}/{name}"

    def close(self) -> None:
        """Close the descriptor."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def remove_ended(folder: Path) -> None:
    """Remove what processes that are no more left in a folder, files and folders named `<pid>-…`."""
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        pid = name.partition("-")[0]
        if not (pid.isdigit() and _lives(int(pid))):
            path = folder / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    path.unlink()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
