"""Programs that open files while they are observed, and what the journal says of it."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotscience._journal import FILES, read_records
from tests.library.programs import Place

#: Opens as a C library does: Python is not told.
NATIVE = """
import ctypes as _ctypes, os as _os
_libc = _ctypes.CDLL(None)
def native_read(path):
    fd = _libc.open(_os.fsencode(path), 0)
    assert fd >= 0, path
    _libc.close(fd)
def native_write(path, text=b"native"):
    fd = _libc.open(_os.fsencode(path), _os.O_WRONLY | _os.O_CREAT | _os.O_TRUNC, 0o644)
    assert fd >= 0, path
    _libc.write(fd, text, len(text))
    _libc.close(fd)
"""
BEGIN = """
import os
from pathlib import Path
import dotscience as ds
ds.start()
"""
#: The container's answer to fanotify_init: EPERM, by a seccomp filter as Docker's.
REFUSED = """
import ctypes as _c, platform as _p, struct as _s
_number = {"x86_64": 300, "aarch64": 262}[_p.machine()]
_code = b"".join(_s.pack("HBBI", *one) for one in (
    (0x20, 0, 0, 0), (0x15, 0, 1, _number), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)))
_buffer = _c.create_string_buffer(_code)
class _Program(_c.Structure):
    _fields_ = [("length", _c.c_ushort), ("filter", _c.c_void_p)]
_program = _Program(4, _c.cast(_buffer, _c.c_void_p))
_l = _c.CDLL(None, use_errno=True)
assert _l.prctl(38, 1, 0, 0, 0) == 0
assert _l.prctl(22, 2, _c.byref(_program), 0, 0) == 0, _c.get_errno()
"""


@dataclass(frozen=True)
class Seen:
    """One entry: ``path`` relative to the workspace where it lies in it."""

    path: str
    mode: str
    by: str


def payloads(place: Place) -> list[dict[str, Any]]:
    """The files records of all journals, in order of the journals' names."""
    found = []
    for journal in place.journals():
        found += [r.payload for r in read_records(journal)[0] if r.type == FILES]
    return found


def entries(place: Place) -> list[dict[str, Any]]:
    return [entry for payload in payloads(place) for entry in payload["files"]]


def seen(place: Place) -> list[Seen]:
    """What was told, without the program itself."""
    found = [Seen(_name(place, e["p"]), e["m"], e["by"]) for e in entries(place)]
    return [one for one in found if one.path != "program.py"]


def observed(place: Place, code: str, *, begin: str = BEGIN, **env: str) -> list[Seen]:
    """Run a program, which has to end well and silently, and tell what was seen."""
    result = place.run(begin + NATIVE + _dedented(code), **env)
    assert (result.code, result.stderr) == (0, ""), result
    return seen(place)


def _dedented(code: str) -> str:
    import textwrap

    return textwrap.dedent(code)


def _name(place: Place, path: Any) -> str:
    text = os.fsdecode(base64.b64decode(path["b64"])) if isinstance(path, dict) else path
    root = os.path.realpath(place.root) + "/"
    return str(text).removeprefix(root)


def write(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
