"""What ``%ds`` prints: the workspace, the current run, what is recorded, where to see it.

Read from memory and a few folders; nothing is begun by asking. Text of runs stands on one line each,
cut, without control characters.
"""

from __future__ import annotations

import os

import dotscience
from dotscience import _observe
from dotscience._cell_log import CellLog, is_on
from dotscience._cells import cells_of
from dotscience._recorder import default_root, is_disabled, recorders
from dotscience._session import kernel_shell, notebook
from dotscience._workspace import choose_workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Mapping

    from dotscience._run import Run
    from dotscience._workspace import Workspace

_REASONS = {
    "tracked-parent": "tracked",
    "git-root": "Git repository",
    "folder": "the notebook's folder",
    "home": "no folder of its own",
}
_VALUES = 12
_WIDTH = 60
_MEANS = {
    "hook": "Python's own opens",
    "watch": "native readers too (fanotify)",
    "wrap": "calls of known libraries",
    "child": "programs that are started",
}


def where(shell: Any) -> str:
    """Some lines of text."""
    workspace = _workspace()
    lines = [
        ("workspace", _of_workspace(workspace)),
        *_of_run(dotscience._defaultDS.currentRun),
        ("recorded", _of_recording(shell, workspace)),
        ("see it", _of_seeing(workspace)),
    ]
    return "\n".join(f"{name:<14}{text}" for name, text in lines)


def _workspace() -> Workspace:
    recorder = recorders.current()
    if recorder is not None:
        return choose_workspace(recorder.workspace)
    path = notebook() if kernel_shell() is not None else None
    return choose_workspace(os.path.dirname(path) if path else default_root())


def _of_workspace(workspace: Workspace) -> str:
    is_tracked = os.path.isdir(workspace.store)
    reason = "tracked" if is_tracked else _REASONS[workspace.reason] + ", nothing kept yet"
    return f"{_line(workspace.root)} ({reason})"


def _of_run(run: Run | None) -> list[tuple[str, str]]:
    if run is None:
        return [("run", "none: ds.start(), or %%ds as a cell's first line")]
    state = f"going on, id {run._id}" if run.is_running else "published"
    description = f' "{_line(run._description)}"' if run._description else ""
    lines = [("run", state + description)]
    for name, values in (
        ("parameters", run._parameters),
        ("metrics", run._metrics),
        ("labels", run._labels),
    ):
        if values:
            lines.append(("  " + name, _of_values(values)))
    for name, paths in (("inputs", run._inputs), ("outputs", run._outputs)):
        if paths:
            lines.append(("  " + name, _some([_line(path) for path in sorted(paths)])))
    return lines


def _of_values(values: Mapping[str, object]) -> str:
    return _some([f"{_line(name)}={_line(value)}" for name, value in values.items()])


def _some(texts: list[str]) -> str:
    more = f" and {len(texts) - _VALUES} more" if len(texts) > _VALUES else ""
    return ", ".join(texts[:_VALUES]) + more


def _of_recording(shell: Any, workspace: Workspace) -> str:
    if is_disabled():
        return "nothing: DOTSCIENCE_DISABLE is set"
    log = cells_of(shell).listener("log")
    if not isinstance(log, CellLog) or not is_on():
        return "what ds is told; cells and files by themselves are off (docs/ds.md)"
    if log.recorder() is None:
        return "what ds is told; nothing by itself in this folder, until it is tracked: ds init"
    means: list[str] = list(getattr(_observe, "means", tuple)())
    files = ", files: " + ", ".join(_MEANS.get(one, one) for one in means) if means else ""
    return f"cells as they ran, environment{files}"


def _of_seeing(workspace: Workspace) -> str:
    return f"the Dotscience panel of JupyterLab, or: ds runs -C {_line(workspace.root)}"


def _line(value: object) -> str:
    text = "".join(one if one.isprintable() else " " for one in str(value))
    return text if len(text) <= _WIDTH * 2 else text[: _WIDTH * 2 - 1] + "…"
