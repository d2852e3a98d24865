"""Why nothing, or not all, was replicated."""

from __future__ import annotations

from ..store.failures import StoreFailure


class ReplicationRefused(StoreFailure):
    """Code `replication-refused`: nothing was sent."""

    code = "replication-refused"

    def __init__(self, target: str, detail: str, hint: str) -> None:
        super().__init__(detail, target=target, hint=hint)


class ReplicationStopped(StoreFailure):
    """Code `replication-stopped`: it can go on from what arrived."""

    code = "replication-stopped"

    def __init__(self, target: str, detail: str, hint: str = "Give the command again.") -> None:
        super().__init__(detail, target=target, hint=hint)
