"""What the user names on the command line: paths from the folder they stand in, and `RUN:PATH`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from dotscience._tree import name_from_json, name_to_json

from ..protocol.failure import ApiError
from .context import Context, as_ref

REF_HELP = "a run's id or its first digits, @SNAPSHOT, or 'last' (the last snapshot)"


def inside(context: Context, named: str) -> bytes:
    """A path as the user gives it, from the current folder (or that of ``-C``), as workspace-relative; b"" for the
    workspace itself. Links are followed in the folder alone. Raises ``path-refused``.
    """
    here = (
        context.workspace
        if os.path.isdir(context.workspace)
        else os.path.dirname(context.workspace)
    )
    path = os.path.normpath(os.path.join(os.path.realpath(here), named))
    root = os.fspath(context.worker.path)
    if path == root:
        return b""
    if not path.startswith(root.rstrip("/") + "/"):
        raise ApiError.of("path-refused", path=named, detail="it is not in the workspace")
    return os.fsencode(os.path.relpath(path, root))


def of_ref(context: Context, named: str) -> tuple[str, bytes]:
    """`RUN`, or `RUN:PATH` with a path from the workspace's folder, from the current one where it begins with `./`
    or `../`.
    """
    ref, _, path = named.partition(":")
    ref = as_ref(ref)
    if path.startswith(("./", "../")) or path in (".", ".."):
        return ref, inside(context, path)
    return ref, os.fsencode(path.strip("/"))


def told(path: bytes) -> Any:
    """A path in a JSON body."""
    return name_to_json(path)


def asked(path: bytes) -> str:
    """A path in a query."""
    value = name_to_json(path)
    return value if isinstance(value, str) else json.dumps(value)


def raw(path: Any) -> bytes:
    """A path of an answer."""
    return name_from_json(path)


def pages(context: Context, route: str, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every page of a route that answers with ``next``."""
    after: Any = None
    while True:
        given = query if after is None else {**query, "after": asked(raw(after))}
        page = context.worker.get(route, given)
        yield page
        after = page["next"]
        if after is None:
            return


def what_is_at(context: Context, ref: str, path: bytes) -> dict[str, Any] | None:
    """A file, folder or link of a run as it is listed; None where there is nothing."""
    found = context.worker.get(f"runs/{ref}/files", {"at": asked(path)})["files"]
    return dict(found[0]) if found else None
