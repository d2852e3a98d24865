"""What is to be done when a module has been loaded, or at once where it is.

One finder at the head of `sys.meta_path`, put there by the first wish. It finds nothing itself: it takes the spec that
the others find and lets its loader tell. A wish that fails is one warning; the import is the user's.
"""

from __future__ import annotations

import sys
import threading

from dotscience._guard import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Wish = Callable[[Any], None]


class OnImport:
    """Wishes by module name; those of a package (``below``) for each of its modules."""

    def __init__(self) -> None:
        self._wishes: dict[str, list[Wish]] = {}
        self._below: dict[str, list[Wish]] = {}
        self._seeking = threading.local()

    def when_loaded(self, name: str, wish: Wish) -> None:
        """Call ``wish`` with the module as soon as it is loaded."""
        self._install()
        self._wishes.setdefault(name, []).append(wish)
        module = sys.modules.get(name)
        if module is not None and not _is_being_loaded(module):
            guarded(wish)(module)

    def when_any_loaded(self, package: str, wish: Wish) -> None:
        """Call ``wish`` with the package and each of its modules, now and as they are loaded."""
        self._install()
        self._below.setdefault(package, []).append(wish)
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] == package and not _is_being_loaded(module):
                guarded(wish)(module)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """The spec that the others find, telling us when it is executed; None for most modules."""
        if name not in self._wishes and name.partition(".")[0] not in self._below:
            return None
        if getattr(self._seeking, "name", None) == name:
            return None
        self._seeking.name = name
        try:
            return self._watched(name, path, target)
        finally:
            self._seeking.name = None

    def _watched(self, name: str, path: Any, target: Any) -> Any:
        for finder in list(sys.meta_path):
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find is not None else None
            if spec is not None:
                if spec.loader is not None:
                    self._hook(name, spec.loader)
                return spec
        return None

    def _hook(self, name: str, loader: Any) -> None:
        execute = getattr(loader, "exec_module", None)
        if execute is None:
            return

        def exec_module(module: Any) -> None:
            execute(module)
            for wish in [*self._wishes.get(name, ()), *self._below.get(name.partition(".")[0], ())]:
                guarded(wish)(sys.modules.get(name, module))

        try:
            loader.exec_module = exec_module
        except Exception:  # noqa: S110 - a loader that takes no attributes: the wish is not met
            pass

    def _install(self) -> None:
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)


def _is_being_loaded(module: Any) -> bool:
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))


#: Of this process.
on_import = OnImport()
