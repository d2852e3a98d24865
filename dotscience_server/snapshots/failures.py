"""What can go wrong with a snapshot or a checkout, beside `store.failures`.

SnapshotFailure             code of protocol/errors.json and the fields of its texts
├── Cancelled               cancelled: raised by `Progress.check`
├── PolicyRefused           bad-request: a policy that cannot be read
├── PathRefused             path-refused: leaves the workspace, or no file system takes it
├── CheckoutExists          checkout-exists: the target is there already
├── CheckoutRefused         checkout-outside: the target cannot be made
└── RestoreRefused          restore-refused: something stands there that may not be replaced
"""

from __future__ import annotations


class SnapshotFailure(Exception):
    """Base of all; `fields` fill the placeholders of the catalogue's texts."""

    code = "internal"

    def __init__(self, detail: str, **fields: str) -> None:
        super().__init__(detail)
        self.fields = {"detail": detail, **fields}


class Cancelled(SnapshotFailure):
    """Somebody no longer wants it; nothing is left behind."""

    code = "cancelled"


class PolicyRefused(SnapshotFailure):
    """The policy is not understood."""

    code = "bad-request"


class PathRefused(SnapshotFailure):
    """A path of a manifest is not safe to make."""

    code = "path-refused"

    def __init__(self, path: bytes, detail: str) -> None:
        super().__init__(detail, path=shown(path))


class CheckoutExists(SnapshotFailure):
    """A checkout never writes into what exists."""

    code = "checkout-exists"

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} exists already", path=path)


class CheckoutRefused(SnapshotFailure):
    """The folder of a checkout cannot be made."""

    code = "checkout-outside"

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(detail, path=path)


class RestoreRefused(SnapshotFailure):
    """A file cannot be put where it was; nothing is changed."""

    code = "restore-refused"

    def __init__(self, path: bytes, detail: str) -> None:
        super().__init__(detail, path=shown(path))


def shown(path: bytes) -> str:
    """A path for people: undecodable bytes are replaced."""
    return path.decode("utf-8", "replace")
