"""A `zfs` that records what it is asked and answers from a script: for texts that no pool gives at will.

Written into a folder as the programs `zfs` and `zpool`; each is driven by `answers.json` beside it.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dotscience_server.zfs.command import Zfs

_PROGRAM = """#!{python}
import json, os, sys, time
folder = os.path.dirname(os.path.abspath(__file__))
argv = [os.path.basename(__file__), *sys.argv[1:]]
seen = {{"argv": argv, "locale": os.environ.get("LC_ALL"), "cwd": os.getcwd()}}
with open(folder + "/asked.jsonl", "a") as file:
    file.write(json.dumps(seen) + "\\n")
with open(folder + "/answers.json") as file:
    answers = json.load(file)
line = " ".join(argv)
for answer in answers:
    if all(part in line for part in answer["when"]):
        time.sleep(answer.get("sleep", 0))
        sys.stdout.write(answer.get("out", ""))
        sys.stderr.write(answer.get("err", ""))
        sys.exit(answer.get("code", 1 if "err" in answer else 0))
"""


@dataclass
class FakeZfs:
    """The first answer whose words all stand in the command is given; without one it succeeds in silence."""

    folder: Path
    answers: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("zfs", "zpool"):
            program = self.folder / name
            program.write_text(_PROGRAM.format(python=sys.executable))
            program.chmod(0o755)
        self._write()

    def on(self, *when: str, **answer: Any) -> None:
        """`out`, `err` (then the status is 1), `code`, `sleep` in seconds. Later ones go first."""
        self.answers.insert(0, {"when": when, **answer})
        self._write()

    def tools(self, **options: Any) -> Zfs:
        return Zfs(str(self.folder / "zfs"), str(self.folder / "zpool"), **options)

    def asked(self) -> list[dict[str, Any]]:
        """All that was asked so far, in order."""
        file = self.folder / "asked.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def commands(self) -> list[list[str]]:
        return [one["argv"] for one in self.asked()]

    def _write(self) -> None:
        (self.folder / "answers.json").write_text(json.dumps(self.answers))
