"""The audit hook itself, which stands in the way of every event of the interpreter, and the sets it looks into.

- It can't be taken away again: one in a process, forks included. What it calls is handed over to it, twice where
  the observer comes later (`_early`).
- It runs inside the user's call and leaves at the first test that says "nothing new".
"""

from __future__ import annotations

import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict

    Opened = Callable[[Any, Any, int], None]
    Handlers = Dict[str, Callable[..., None]]


class Audit:
    """``known``: paths by ``flags & 3`` that say nothing new; ``busy``: threads in which we ourselves work;
    ``ours``: what they opened; ``handlers``: by event, other than ``open``."""

    def __init__(self) -> None:
        self.known: tuple[set[Any], ...] = (set(), set(), set(), set())
        self.busy: set[int] = set()
        self.ours: set[str] = set()
        self.handlers: Handlers = {}
        self.hand_over: Callable[[Opened, tuple[str, ...]], None]

    def made(self) -> Callable[[str, tuple[Any, ...]], None]:
        """The function for `sys.addaudithook`; `hand_over` says who hears of opens, and which prefixes are noise."""
        known, handlers, busy, ours = self.known, self.handlers, self.busy, self.ours
        ident = threading.get_ident
        opened: Opened = _ignored
        prefixes: tuple[str, ...] = ()

        def hand_over(hears: Opened, noise: tuple[str, ...]) -> None:
            nonlocal opened, prefixes
            opened, prefixes = hears, noise

        def hook(event: str, args: tuple[Any, ...]) -> None:
            try:
                if event == "open":
                    path, mode, flags = args
                    if path in known[flags & 3]:
                        return
                    if type(path) is str and path.startswith(prefixes):
                        return
                    if ident() not in busy:
                        opened(path, mode, flags)
                    elif type(path) is str:
                        ours.add(path)  # the watch sees it too
                elif event in handlers and ident() not in busy:
                    handlers[event](*args)
            except Exception:  # noqa: S110 - it would abort the user's call
                pass

        self.hand_over = hand_over
        return hook


def _ignored(path: Any, mode: Any, flags: int) -> None:
    """Nobody hears yet."""
