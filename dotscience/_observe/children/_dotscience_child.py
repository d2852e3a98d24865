"""In a Python that an observed process started: nothing until it opens something worth telling.

Imported by ``sitecustomize.py`` beside it, on its own: a child that opens nothing of the user's does not even
import `dotscience`. Its one audit hook hands over to the real one.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

#: `dotscience._observe._table.NATIVE`, without importing it.
NATIVE = frozenset(
    (
        *("cv2", "duckdb", "h5py", "numpy", "pandas", "polars", "pyarrow"),
        *("safetensors", "tables", "torch"),
    )
)
_OWN = tuple(
    path.rstrip("/") + "/"
    for path in {sys.prefix, sys.base_prefix, "/usr", "/proc", "/sys", "/dev", "/etc"}
)
_CODE = (".py", ".pyc", ".so", ".pth", "/pyvenv.cfg")


class _Waiting:
    """Starts observing at the first sign; ``hook`` is the real one then."""

    def __init__(self, library: str, workspace: str) -> None:
        self._library = library
        self._workspace = workspace
        self._is_starting = False
        self.hook: Callable[[str, tuple[Any, ...]], None] | None = None

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        hook = self.hook
        if hook is not None:
            hook(event, args)
        elif not self._is_starting and self._is_sign(event, args):
            self._is_starting = True
            try:
                self._start()
            except Exception:
                self.hook = _nothing
            hook = self.hook
            if hook is not None:
                hook(event, args)

    def _is_sign(self, event: str, args: tuple[Any, ...]) -> bool:
        if event == "open":
            path = args[0]
            if not isinstance(path, str):
                return not isinstance(path, int)
            # What the library reads and writes for the program itself is no sign.
            is_ours = "dotscience/" in path or "/.git" in path
            return not is_ours and not path.startswith(_OWN) and not path.endswith(_CODE)
        if event == "import":
            return str(args[0]).partition(".")[0] in NATIVE
        return event in ("os.rename", "sqlite3.connect", "subprocess.Popen", "os.system")

    def _start(self) -> None:
        _import_library(self._library)
        from dotscience import _observe
        from dotscience._recorder import default_root, recorders
        from dotscience._workspace import choose_workspace

        # The recorder that the program's own runs will have, so that their files stand in their journal.
        root = default_root()
        is_same = choose_workspace(root).root == self._workspace
        recorder = recorders.of(root if is_same else self._workspace)
        if recorder is None:
            self.hook = _nothing
        else:
            _observe.start_in_child(recorder, self._take)
            self.hook = self.hook or _nothing

    def _take(self, hook: Callable[[str, tuple[Any, ...]], None]) -> None:
        self.hook = hook


def begin(library: str, workspace: str) -> None:
    """Observe this process for ``workspace``; ``library`` is the folder that holds `dotscience`."""
    sys.addaudithook(_Waiting(library, workspace))


def _nothing(event: str, args: tuple[Any, ...]) -> None:
    """No observing here."""


def _import_library(library: str) -> None:
    """`dotscience` of this very folder, unless there is one already; `sys.path` stays as it is."""
    if "dotscience" in sys.modules:
        return
    from importlib.util import module_from_spec, spec_from_file_location

    folder = library + "/dotscience"
    spec = spec_from_file_location(
        "dotscience", folder + "/__init__.py", submodule_search_locations=[folder]
    )
    if spec is None or spec.loader is None:
        raise ImportError(folder)
    module = module_from_spec(spec)
    sys.modules["dotscience"] = module
    spec.loader.exec_module(module)
