"""What becomes one record, and what its bounds are."""

from __future__ import annotations

import os
from pathlib import Path

from dotscience._observe._literals import folders
from dotscience._observe._noise import Noise
from dotscience._observe._report import Reporter
from dotscience._observe._seen import EXACT, Seen
from tests.library.programs import Place
from tests.observe.programs import BEGIN, REFUSED, entries, observed, payloads, write


def test_a_record_a_cell(place: Place) -> None:
    write(place.root / "a.txt")
    code = """
    from dotscience import _observe
    for n in (1, 2):
        _observe.expect("", n)
        for _ in range(3): open("a.txt").close()
        open("out.txt", "a").close()
        _observe.flush(n)
    _observe.flush(3)
    open("a.txt").close()
    """
    observed(place, code, begin=REFUSED + BEGIN)
    told = [(p["cell"], [(Path(e["p"]).name, e["m"]) for e in p["files"]]) for p in payloads(place)]
    assert told[0] == (1, [("a.txt", "r"), ("out.txt", "w")])
    assert told[1][0] == 2 and told[1][1][0] == ("a.txt", "r")
    assert told[2] == (None, [("a.txt", "r")])


def test_the_quiet_thread_reports(place: Place) -> None:
    """A long cell's files are known before it ends, under its number, and told once."""
    code = """
    import sys, time
    import dotscience._observe._observer as module
    from dotscience import _journal, _observe
    module._QUIET_S = 0.05
    _observe.expect("", 4)
    open("a.txt", "w").close()
    def count():
        records = _journal.read_records(ds._recorder.current().journal)[0]
        return sum(record.type == _journal.FILES for record in records)
    until = time.monotonic() + 30
    while not count() and time.monotonic() < until: time.sleep(0.02)
    assert count() == 1
    open("a.txt").close()
    _observe.flush(4)
    """
    observed(place, code, begin=BEGIN + "import dotscience._recorder\n")
    assert [p["cell"] for p in payloads(place)] == [4, 4]
    assert [e["m"] for e in entries(place)] == ["w", "r"]


def test_many_files_are_folded(place: Place) -> None:
    code = """
    for n in range(2600):
        with open(f"{n}.txt", "w"): pass
    """
    observed(place, code, begin=REFUSED + BEGIN)
    assert len(entries(place)) == EXACT + 1
    last = entries(place)[-1]
    assert (last["p"], last["m"], last["by"], last["many"]) == (str(place.root), "w", "hook", 600)


def test_folders_of_the_folded_are_bounded(tmp_path: Path) -> None:
    seen = Seen()
    for number in range(EXACT + 5000):
        for _ in range(2):
            seen.add(f"/mnt/{number % 70}/{number}/x", "r", "hook")
    payload = Reporter(os.fspath(tmp_path)).payload(seen.take(), None)
    assert payload is not None
    folded = payload["files"]
    assert len(folded) <= 200
    assert sum(entry["many"] for entry in folded) == 5000


def test_a_writer_is_told_when_its_file_has_changed(tmp_path: Path) -> None:
    path = write(tmp_path / "log.txt")
    os.utime(path, ns=(1, 1))
    reporter, seen = Reporter(os.fspath(tmp_path)), Seen()
    at = os.stat(path).st_ctime_ns + 10_000_000_000
    seen.add(os.fspath(path), "rw", "hook", at)
    payload = reporter.payload(seen.take(), None)
    assert payload is not None and [entry["m"] for entry in payload["files"]] == ["r"]
    assert reporter.unsettled == {os.fspath(path): ("hook", at)}


def test_more_was_read_than_is_known(place: Place) -> None:
    """A native read that nothing saw is at least known to be missing."""
    code = """
    import ctypes
    libc = ctypes.CDLL(None)
    zero, buffer = libc.open(b"/dev/zero", 0), ctypes.create_string_buffer(1 << 24)
    for _ in range(20): libc.read(zero, buffer, 1 << 24)
    """
    observed(place, code)
    assert [payload.get("lost") for payload in payloads(place)] == [True]


def test_literals(tmp_path: Path) -> None:
    write(tmp_path / "data" / "a.csv")
    write(tmp_path / "mnt" / "b.bin")
    source = f"""
    pd.read_csv("data/a.csv"); x = r'{tmp_path}/mnt'; open(f"data/{{name}}.csv")
    glob('{tmp_path}/mnt/*.bin'); "accuracy"; 'https://example.org/a.csv'; '/none/at.all'
    """
    found = dict(folders(source, os.fspath(tmp_path)))
    assert found == {str(tmp_path / "data"): True, str(tmp_path / "mnt"): True}


def test_a_workspace_below_a_system_folder() -> None:
    """``/usr/src/app`` is a usual place in containers."""
    noise = Noise("/usr/src/app", "/usr/src/app/.dotscience")
    assert not noise.covers("/usr/src/app/data.csv")
    assert noise.covers("/usr/lib/x") and noise.covers("/usr/src/app/.dotscience/journal/x")
    assert noise.prefixes == ()
