"""Paths that stand in source text as string literals: the folders a cell is going to use.

By a plain pattern, not a parser: a wrong guess costs one look at a path that does not exist.
"""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

_LITERAL = re.compile(r"""(?<!\w)[rRuUbBfF]{0,2}(?:"([^"\n\\]{1,400})"|'([^'\n\\]{1,400})')""")
_LOOKED_AT = 200
_SOURCE = 200_000


def folders(source: str, cwd: str) -> Iterator[tuple[str, bool]]:
    """Folders (real paths) that the literals name or whose files they name; True: the folder itself."""
    found = set()
    for text in _texts(source):
        path = os.path.join(cwd, os.path.expanduser(text))
        if "\0" in path or "://" in text:
            continue
        # A pattern or an f-string: what stands before it.
        path = re.split(r"[*?\[{]", path, maxsplit=1)[0]
        is_folder = os.path.isdir(path)
        folder = path if is_folder else os.path.dirname(path)
        if folder not in found and (is_folder or os.path.isdir(folder)):
            found.add(folder)
            yield os.path.realpath(folder), is_folder


def _texts(source: str) -> list[str]:
    texts = {a or b for a, b in _LITERAL.findall(source[:_SOURCE])}
    # A word alone is a column or a key far more often than a folder.
    return [text for text in sorted(texts) if "/" in text or "." in text or text == "~"][
        :_LOOKED_AT
    ]
