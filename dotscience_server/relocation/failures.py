"""Why a workspace is not moved. Nothing has changed then, or what has is said in `kept`."""

from __future__ import annotations

from ..store.failures import StoreFailure

_AS_IT_WAS = "Everything, where it was."


class MoveRefused(StoreFailure):
    """Code `move-refused`. `detail` says why, `hint` what to do now, as whole sentences without the full stop's
    neighbours: they stand in the catalogue's texts.
    """

    code = "move-refused"

    def __init__(self, detail: str, hint: str, kept: str = _AS_IT_WAS) -> None:
        super().__init__(detail, hint=hint, kept=kept)


class MoveStopped(StoreFailure):
    """Code `move-stopped`: it can go on, or be given up."""

    code = "move-stopped"

    def __init__(self, detail: str, kept: str, hint: str) -> None:
        super().__init__(detail, kept=kept, hint=hint)
