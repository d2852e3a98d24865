"""Runs user programs against the library in processes of their own, and reads what they left."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from dotscience._journal import NAMES, POINT, POINTS, SERIES, Record, read_records

REPOSITORY = Path(__file__).parents[2]
VECTORS = REPOSITORY / "protocol" / "vectors"
LIMIT_S = 60

#: Fixed ids and a clock that moves a second a reading, as in facts and vectors.
FIXED = """
import datetime as _dt, itertools as _it, uuid as _uuid
_n, _t = _it.count(1), _it.count()
_uuid.uuid4 = lambda: _uuid.UUID("11111111-1111-4111-8111-%012d" % next(_n))
class _Clock(_dt.datetime):
    @classmethod
    def utcnow(cls):
        return _dt.datetime.fromtimestamp(1580702706, _dt.timezone.utc).replace(
            microsecond=7) + _dt.timedelta(seconds=next(_t))
    @classmethod
    def now(cls, tz=None):
        return cls.utcnow()
_Real, _dt.datetime = _dt.datetime, _Clock
"""


@dataclass
class Place:
    """A workspace folder and the folders that stand for the user's home."""

    root: Path
    home: Path
    variables: dict[str, str] = field(default_factory=dict)

    def env(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a user who has nothing of ours but PYTHONPATH."""
        env = {
            k: v for k, v in os.environ.items() if not k.startswith(("DOTSCIENCE_", "XDG_", "JPY_"))
        }
        env.update(
            HOME=str(self.home),
            XDG_STATE_HOME=str(self.home / "state"),
            XDG_CACHE_HOME=str(self.home / "cache"),
            PYTHONPATH=str(REPOSITORY),
            PYTHONDONTWRITEBYTECODE="1",
        )
        env.update(self.variables)
        env.update(more or {})
        return env

    def start(
        self, code: str, *, python: str = sys.executable, args: tuple[str, ...] = (), **env: str
    ) -> subprocess.Popen[str]:
        """Start a program; its stdin, stdout and stderr are pipes."""
        script = self.root / "program.py"
        script.write_text(textwrap.dedent(code))
        return subprocess.Popen(
            [python, "-W", "error", script.name, *args],
            cwd=self.root,
            env=self.env(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str, *, python: str = sys.executable, **env: str) -> Result:
        """Run a program to its end."""
        process = self.start(code, python=python, **env)
        stdout, stderr = process.communicate(timeout=LIMIT_S)
        return Result(process.returncode, stdout, stderr)

    def records(self) -> list[Record]:
        """All journal records, in the order of files and places."""
        return [record for path in self.journals() for record in read_records(path)[0]]

    def journals(self) -> list[Path]:
        """The journal files of the store and of the fallback."""
        inside = sorted((self.root / ".dotscience" / "journal").glob("*.dsj"))
        return inside + self.fallback_journals()

    def fallback_journals(self) -> list[Path]:
        """The journals that could not be written into the store."""
        return sorted((self.home / "state" / "dotscience" / "journal").glob("*.dsj"))

    def told(self) -> list[str]:
        """The names of the record types, in order, but for what is seen beside the runs."""
        names = [NAMES[record.type] for record in self.records()]
        return [name for name in names if name not in ("files", "meter", "environment", "seeds")]

    def of(self, name: str) -> list[dict[str, object]]:
        """The payloads of the records of one type."""
        return [record.payload for record in self.records() if NAMES[record.type] == name]

    def points(self) -> list[Point]:
        """All points, in the order of files and places."""
        return points_of(self.journals())


class Point(NamedTuple):
    """A point as a journal has it."""

    run: str
    key: str
    kind: int
    step: float
    value: float


def points_of(journals: list[Path]) -> list[Point]:
    """All points of these journals. Each stands behind its series, in the same file."""
    found = []
    for path in journals:
        series: dict[int, tuple[str, str]] = {}
        for record in read_records(path)[0]:
            if record.type == SERIES:
                series[record.payload["n"]] = (record.payload["id"], record.payload["key"])
            elif record.type == POINTS:
                for number, kind, step, _, value in POINT.iter_unpack(record.data):
                    found.append(Point(*series[number], kind, step, value))
    return found


@dataclass
class Result:
    """How a program ended and what it said."""

    code: int
    stdout: str
    stderr: str
