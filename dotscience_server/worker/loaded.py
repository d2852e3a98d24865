"""What the programs of a repetition had loaded at their end, as the hook told it (`rerun/hook`)."""

from __future__ import annotations

import json
import os
import shutil
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import dotscience
from dotscience import _workspace
from dotscience._facts import Run

from ..rerun.causes import Changed
from ..store.stamps import nanoseconds, rfc3339
from .rerun_files import RerunFiles

_PACKAGES = ("/site-packages/", "/dist-packages/")


@dataclass(frozen=True)
class Loaded:
    """``distributions`` that something was loaded of; ``known``: all whose modules are known; ``files`` of modules."""

    distributions: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    files: tuple[str, ...] = ()

    def changed(
        self, run: Run, interpreter: str, folder: Path, files: RerunFiles, workspace: Path
    ) -> list[Changed]:
        """Modules from outside the side folder, of no package, that are not as they were when the run ended."""
        own = [os.path.dirname(os.path.dirname(os.path.realpath(interpreter))), os.fspath(folder)]
        own += [sysconfig.get_path("stdlib"), os.path.dirname(os.path.dirname(__file__))]
        own += [os.path.dirname(dotscience.__file__), _workspace.cache_dir("library")]
        skipped = tuple(f"{os.path.realpath(path)}{os.sep}" for path in own)
        ended_ns = nanoseconds(run.ended or run.recorded)
        if ended_ns is None:
            return []
        ended_s = ended_ns / 1e9
        found = []
        for path in self.files:
            real = os.path.realpath(path)
            if real.startswith(skipped) or any(one in real for one in _PACKAGES):
                continue
            if Path(real).is_relative_to(workspace):
                inside = files.in_workspace(run, Path(real))
                found += [] if inside is None else [inside]
            elif (written_s := _written_s(real)) is not None and written_s > ended_s:
                how = f"it was written {rfc3339(int(written_s * 1e9))}, after the run had ended"
                found.append(Changed(real, how, True))
        return found


def read_loaded(folder: Path) -> Loaded:
    """What was told; the folder is removed."""
    distributions: set[str] = set()
    known: set[str] = set()
    files: set[str] = set()
    for path in folder.glob("loaded-*.json"):
        try:
            told = json.loads(path.read_bytes())
            distributions.update(map(str, told["loaded"]))
            known.update(map(str, told["known"]))
            files.update(map(str, told["files"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    shutil.rmtree(folder, ignore_errors=True)
    return Loaded(frozenset(distributions), frozenset(known), tuple(sorted(files)))


def _written_s(path: str) -> float | None:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return None
