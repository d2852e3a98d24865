"""Native readers and writers by their Python functions, where the watch does not look.

- A finder at the head of `sys.meta_path` wraps the functions of `_table.TABLE` when their module is loaded; those of
  modules already loaded are wrapped in place, with the names that other modules of the package have for them.
- A wrapper calls the original with what it got and returns what it returns; what fails in us is nothing.
"""

from __future__ import annotations

import functools
import os
import re
import sys

from dotscience._observe._table import NATIVE, TABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator

    from dotscience._observe._table import Target

_EXPANDED = 1000
_QUOTED = r"'([^'\n]{1,400})'"
_OUT = r"(?i)\b(?:to|into)\s+'([^'\n]{1,400})'"


class Finder:
    """``note`` hears (absolute path, mode) before each wrapped call; ``ready`` is called before a native
    package is imported."""

    def __init__(self, note: Callable[[str, str], None], ready: Callable[[], None]) -> None:
        self._note = note
        self._ready = ready
        self._seeking: set[str] = set()

    def install(self) -> None:
        for name in list(TABLE):
            module = sys.modules.get(name)
            if module is not None:
                self._wrap_in(name, module)
        sys.meta_path.insert(0, self)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """The spec that the others find, its loader wrapping what it has loaded; None for most."""
        if name in NATIVE:
            self._ready()
        if name not in TABLE or name in self._seeking:
            return None
        self._seeking.add(name)
        try:
            spec = self._found(name, path, target)
            if spec is not None and spec.loader is not None:
                self._hook(name, spec.loader)
            return spec
        finally:
            self._seeking.discard(name)

    def _found(self, name: str, path: Any, target: Any) -> Any:
        for finder in list(sys.meta_path):
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find is not None else None
            if spec is not None:
                return spec
        return None

    def _hook(self, name: str, loader: Any) -> None:
        execute = loader.exec_module

        def exec_module(module: Any) -> None:
            execute(module)
            self._wrap_in(name, sys.modules.get(name, module))

        try:
            loader.exec_module = exec_module
        except Exception:  # noqa: S110 - a loader that takes no attributes: not wrapped
            pass

    def _wrap_in(self, name: str, module: Any) -> None:
        for target in TABLE[name]:
            try:
                self._wrap(module, target)
            except Exception:  # noqa: S110 - another version of the library
                pass

    def _wrap(self, module: Any, target: Target) -> None:
        holder_name, _, attribute = target[0].rpartition(".")
        holder = getattr(module, holder_name) if holder_name else module
        original = vars(holder).get(attribute)
        if original is None or isinstance(original, type) or hasattr(original, "_dotscience"):
            return
        wrapper = self._wrapper(original, target)
        setattr(holder, attribute, wrapper)
        if not holder_name:
            _rename(module.__name__.partition(".")[0], attribute, original, wrapper)

    def _wrapper(self, original: Any, target: Target) -> Any:
        note = self._note

        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                for path, mode in _paths(target, args, kwargs):
                    note(path, mode)
            except Exception:  # noqa: S110 - the call is the user's
                pass
            return original(*args, **kwargs)

        call._dotscience = True  # type: ignore[attr-defined]
        return call


def _rename(package: str, name: str, original: Any, wrapper: Any) -> None:
    """Let the modules of a package that imported the function have the wrapper too."""
    for module_name, module in list(sys.modules.items()):
        if module_name.partition(".")[0] == package:
            names = getattr(module, "__dict__", {})
            if names.get(name) is original:
                names[name] = wrapper


def _paths(target: Target, args: Any, kwargs: Any) -> Iterator[tuple[str, str]]:
    _, mode, position, keyword = target
    value = args[position] if len(args) > position else kwargs.get(keyword)
    if mode == "sql":
        yield from _of_query(value)
        return
    if mode.startswith("mode="):
        at = int(mode[5:])
        mode = _mode(args[at] if len(args) > at else kwargs.get("mode", "r"))
    for one in value if isinstance(value, (list, tuple)) else (value,):
        if isinstance(one, (str, bytes, os.PathLike)):
            for path in _expanded(os.fsdecode(one), mode):
                yield path, mode


def _of_query(query: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(query, str):
        return
    written = set(re.findall(_OUT, query))
    for text in re.findall(_QUOTED, query):
        mode = "w" if text in written else "r"
        if mode == "w" or "." in text or "/" in text:
            for path in _expanded(text, mode):
                yield path, mode


def _mode(text: Any) -> str:
    text = str(text or "r")
    if text.startswith("r") and "+" not in text:
        return "r"
    return "w" if text[0] in "wx" else "rw"


def _expanded(text: str, mode: str) -> Iterator[str]:
    """The file; the files of a folder or a pattern, a bounded number of them."""
    if "://" in text or not text or text == ":memory:":
        return
    import glob

    path = os.path.abspath(os.path.expanduser(text))
    if mode == "r" and os.path.isdir(path):
        found: Iterator[str] = (
            os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names
        )
    elif mode == "r" and glob.has_magic(path) and not os.path.exists(path):
        found = glob.iglob(path, recursive=True)
    else:
        yield path
        return
    for number, one in enumerate(found):
        if number < _EXPANDED:
            yield one
        else:
            break
