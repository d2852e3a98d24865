"""``ds.start(resume=ID)``: a run that was begun earlier goes on, with what is known of it."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dotscience._facts import Run as KnownRun
    from dotscience._run import Run


def load(run: Run, named: str, own: str | None) -> None:
    """Make ``run`` the one whose id is or begins with ``named``, of the workspace of its root.

    ``own`` is the id of this process's current run. Raises LookupError for an unknown or ambiguous
    one, and for one that goes on in another process.
    """
    from dotscience._query import _facts, _resolve

    facts = _facts(run._root)
    known = _resolve(facts, str(named))
    if known.state == "running" and known.id != own:
        raise LookupError(f"run {known.id} is still going on; end the process that is at it first")
    run.takeID(known.id)
    run.take_over(_told(known, facts.workspace.root, os.path.realpath(run._root)))


def _told(known: KnownRun, workspace: str, root: str) -> dict[str, object]:
    """The run as the body of a block whose paths are relative to ``root``."""

    def path(recorded: str) -> str:
        return os.path.relpath(os.path.join(workspace, recorded), root)

    return {
        "description": known.description,
        "input": [path(file.path) for file in known.inputs],
        "output": [path(file.path) for file in known.outputs],
        "labels": dict(known.labels),
        "parameters": {value.key: value.text for value in known.parameters},
        "summary": {value.key: value.text for value in known.metrics},
    }
