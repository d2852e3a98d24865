"""A fork while a thread of ours imports something leaves no module locked or half made in the child.

Python keeps a lock for each module that is being imported and does not free those of threads that a fork leaves
behind: the child would wait for ever at its next import of that module (https://github.com/python/cpython/issues/50970).
Threads of ours are named ``dotscience-…``; those of others are none of our business.
"""

from __future__ import annotations

import os
import sys
import threading

from dotscience._guard import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PREFIX = "dotscience-"


class ForkSafety:
    """`before` in the parent, `in_child` in the child, around each fork."""

    def __init__(self) -> None:
        self._ours: set[int | None] = set()

    def register(self) -> None:
        """Registered first, so that it is the last thing before a fork and the first in the child."""
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self.before, after_in_child=self.in_child)

    @guarded
    def before(self) -> None:
        """Note which threads are ours."""
        self._ours = {
            thread.ident for thread in threading.enumerate() if thread.name.startswith(PREFIX)
        }

    @guarded
    def in_child(self) -> None:
        """Give up what they were importing: the next import begins anew."""
        if not self._ours:
            return
        locks: dict[str, Any] = sys.modules["_frozen_importlib"]._module_locks
        for name, reference in list(locks.items()):
            lock = reference()
            if lock is not None and lock.owner in self._ours:
                locks.pop(name, None)
                _forget(name)
        self._ours = set()


def _forget(name: str) -> None:
    module = sys.modules.get(name)
    if getattr(getattr(module, "__spec__", None), "_initializing", False):
        del sys.modules[name]


fork_safety = ForkSafety()
