"""Notices about what a snapshot could not take as it is: files in motion, unreadable files, bad ignore lines.

Each stands until a look at the tree finds its cause gone.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..protocol.errors import ERRORS, ErrorCode
from ..protocol.failure import ApiError
from ..snapshots.contract import TreeResult
from ..snapshots.plan import TreePlan
from ..store.failures import FreezeRefused
from .notices import Notices

_NAMED = 50
_OF_FILES = "files"
_OF_IGNORE_FILES = "ignore"


class TreeNotices:
    """Any thread."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._refused: set[ErrorCode] = set()

    def taken(self, result: TreeResult) -> None:
        """A snapshot was taken."""
        self._say("files-in-motion", "", _texts(result.unstable), str(len(result.unstable)))
        what = _counted(len(result.unreadable), "file or folder", "files or folders")
        self._say("files-unreadable", _OF_FILES, _texts(result.unreadable), what)
        if result.refused is None:
            self._notices.clear("chunks-refused")
        else:
            error = ApiError.of("chunks-refused", detail=result.refused)
            self._notices.post(error, severity="warning", detail="")

        self._frozen(result.not_frozen)

    def _frozen(self, refused: FreezeRefused | None) -> None:
        """A refusal stands until the file system takes a snapshot again."""
        code = None if refused is None else refused.code
        for other in self._refused - {code}:
            self._notices.clear(other)
        self._refused = set()
        if refused is not None and refused.code in ERRORS:
            known = refused.code
            self._refused.add(known)
            self._notices.post(ApiError.of(known, **refused.fields), severity="warning")

    def counted(self, plan: TreePlan) -> None:
        """The tree was looked at."""
        what = _counted(len(plan.problems), "ignore rule", "ignore rules")
        self._say("files-unreadable", _OF_IGNORE_FILES, plan.problems, what)

    def _say(self, code: ErrorCode, cause: str, names: Sequence[str], count: str) -> None:
        if not names:
            self._notices.clear(code, cause)
            return
        error = ApiError.of(code, count=count)
        self._notices.post(error, cause, severity="info", detail="\n".join(names[:_NAMED]))


def _texts(paths: Sequence[bytes]) -> list[str]:
    return [path.decode("utf-8", "replace") for path in paths]


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
