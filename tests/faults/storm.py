"""Changes files in every way until its input ends: python -m tests.faults.storm FOLDER"""

from __future__ import annotations

import mmap
import os
import random
import select
import sys
from pathlib import Path

SIZE = 200_000


def main() -> None:
    folder = Path(sys.argv[1])
    chance = random.Random(7)
    mapped = folder / "mapped"
    mapped.write_bytes(bytes(SIZE))
    (folder / "cut").write_bytes(bytes(SIZE))
    with mapped.open("r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        number = 0
        while not select.select([sys.stdin], [], [], 0)[0]:
            number += 1
            _replace(folder, number)
            memory[chance.randrange(SIZE)] = number % 256
            with (folder / "grows").open("ab") as grows:
                grows.write(b"line\n")
            os.truncate(folder / "cut", chance.randrange(SIZE))
            _come_and_go(folder, number)


def _replace(folder: Path, number: int) -> None:
    """A whole new file by rename: never half."""
    draft = folder / f".draft-{number % 3}"
    draft.write_bytes(bytes([number % 251]) * SIZE)
    draft.rename(folder / f"replaced-{number % 3}")


def _come_and_go(folder: Path, number: int) -> None:
    (folder / f"new-{number % 20}").write_bytes(b"%d" % number)
    (folder / f"new-{(number + 7) % 20}").unlink(missing_ok=True)
    place = folder / f"folder-{number % 5}"
    place.mkdir(exist_ok=True)
    (place / "inner").write_bytes(b"inner")
    if number % 2:
        (place / "inner").rename(folder / "moved")
        place.rmdir()


if __name__ == "__main__":
    main()
