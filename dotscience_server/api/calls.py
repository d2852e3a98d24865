"""A request as handlers see it, and the kinds of answers they give. No tornado."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite, nan
from typing import Any, BinaryIO

from dotscience._tree import TreeError, name_from_json

from ..protocol.failure import ApiError


@dataclass(frozen=True)
class Call:
    """One request: the pattern's fields, the query, the JSON body.

    ``local``: it comes from a program of the user, not from the browser.
    """

    args: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    local: bool = False
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The query's values of names that may repeat, unstripped."""

    def number(self, name: str) -> float | None:
        """A finite number of the query, None where it is not given. Raises ``bad-request``."""
        text = self.query.get(name, "")
        if text == "":
            return None
        try:
            value = float(text)
        except ValueError:
            value = nan
        if not isfinite(value):
            raise ApiError.of("bad-request", detail=f"{name} is not a number")
        return value

    def integer(self, name: str, default: int, most: int = 1 << 53) -> int:
        """A number of the query, from 0. Raises ``bad-request``."""
        text = self.query.get(name, "")
        if text == "":
            return default
        if not text.isascii() or not text.isdigit() or len(text) > 16:
            raise ApiError.of("bad-request", detail=f"{name} is not a number")
        return min(int(text), most)

    def path(self, name: str) -> bytes:
        """A path of the query: text, or ``{"b64": …}`` where it is no UTF-8. Raises ``bad-request``."""
        text = self.query.get(name, "")
        value: Any = text
        if text.startswith('{"b64"'):
            try:
                value = json.loads(text)
            except ValueError:
                raise ApiError.of("bad-request", detail=f"{name} is no path") from None
        return as_path(value, name)

    def text(self, name: str) -> str | None:
        """A text or null of the body. Raises ``bad-request``."""
        value = self.body.get(name)
        if value is not None and not isinstance(value, str):
            raise ApiError.of("bad-request", detail=f"{name} is not a text")
        return value


def as_path(value: Any, name: str) -> bytes:
    """A path as JSON holds it. Raises ``bad-request``."""
    try:
        return name_from_json(value)
    except (TreeError, UnicodeEncodeError):
        raise ApiError.of("bad-request", detail=f"{name} is no path") from None


@dataclass(frozen=True)
class Json:
    """A JSON object, or its encoded text."""

    value: Mapping[str, Any] | bytes
    status: int = 200


@dataclass(frozen=True)
class Empty:
    """204."""


@dataclass(frozen=True)
class Packed:
    """Gzipped JSON that never changes."""

    data: bytes


@dataclass(frozen=True)
class FileBytes:
    """A stored file for download; what ``open`` gives holds exactly the bytes, seekable, checked as they are read.
    ``inline``: the MIME type of a picture that may be shown in place."""

    name: str
    open: Callable[[], BinaryIO]
    size: int
    etag: str
    inline: str | None = None


Answer = Json | Empty | Packed | FileBytes
