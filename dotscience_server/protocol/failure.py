"""An error of ``protocol/errors.json`` as an exception, and back.

Invariant: every error that leaves the worker, the server extension or ``ds`` is one of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any, cast

from .errors import ERRORS, ErrorCode


class ApiError(Exception):
    """An error of the catalogue with its texts filled in. ``str()`` is the message."""

    def __init__(
        self, code: ErrorCode, message: str, kept: str, next: str, *, retryable: bool, status: int
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.kept = kept
        self.next = next
        self.retryable = retryable
        self.status = status

    @classmethod
    def of(cls, code: ErrorCode, **fields: object) -> ApiError:
        """The error ``code`` with ``{fields}`` filled in; a field not given reads ``?``."""
        entry = ERRORS[code]
        return cls(
            code,
            _fill(entry.message, fields),
            _fill(entry.kept, fields),
            _fill(entry.next, fields),
            retryable=entry.retryable,
            status=entry.status,
        )

    @classmethod
    def from_body(cls, body: Mapping[str, Any], status: int) -> ApiError:
        """The error another process answered with; an unknown code is ``internal``."""
        code = body.get("code")
        if code not in ERRORS:
            return cls.of("internal", detail=str(body.get("message", body))[:500], log="?")
        return cls(
            cast(ErrorCode, code),
            str(body.get("message", code)),
            str(body.get("kept", "")),
            str(body.get("next", "")),
            retryable=bool(body.get("retryable", False)),
            status=status,
        )

    def body(self) -> dict[str, Any]:
        """The answer's JSON, ``error.schema.json``."""
        return {
            "code": self.code,
            "message": self.message,
            "kept": self.kept,
            "next": self.next,
            "retryable": self.retryable,
        }


def _fill(template: str, fields: Mapping[str, object]) -> str:
    names = {name for _, name, _, _ in Formatter().parse(template) if name}
    return template.format(**{name: fields.get(name, "?") for name in names})
