"""``ds restore``, ``diff``, ``ls``, ``cat``, ``log``, ``branch``: end to end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Done, enter, run_ds, valid
from tests.cli.test_commands import on_a_terminal
from tests.running_workers import end_workers

SCRIPT = """
import dotscience as ds, pathlib
pathlib.Path("src").mkdir()
pathlib.Path("src/train.py").write_text("lr = 1\\nepochs = 5\\n")
pathlib.Path("weights.dat").write_bytes(bytes(range(256)) * 1000)
ds.start("the first")
with open(ds.output("model.txt"), "w") as file:
    file.write("good\\n")
ds.publish()
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One run with its snapshot; since then the sources and the model are others. Shared: leave it as it is."""
    place = tmp_path_factory.mktemp("back")
    with pytest.MonkeyPatch.context() as patch:
        work = enter(place, patch)
        subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True)
        run_ds("init")
        run_ds("snapshot")
        (work / "src" / "train.py").write_text("lr = 1\nepochs = 9\n\x1b[31m\n")
        (work / "model.txt").write_text("bad\n")
    yield place
    end_workers(place)


@pytest.fixture
def work(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return enter(place, monkeypatch)


@pytest.fixture
def run(work: Path) -> str:
    return str(json.loads(run_ds("runs", "--json").stdout)[0]["id"])[:8]


def raw(*arguments: str, code: int = 0) -> bytes:
    command = [sys.executable, "-m", "dotscience_server", *arguments]
    done = subprocess.run(command, capture_output=True, timeout=60)
    assert done.returncode == code, done.stderr
    return done.stdout


def test_cat_gives_the_bytes_and_ranges_of_them(run: str, work: Path) -> None:
    assert raw("cat", f"{run}:model.txt") == b"good\n"
    whole = bytes(range(256)) * 1000
    assert raw("cat", "last:weights.dat") == whole
    assert raw("cat", f"{run}:weights.dat", "--range", "1000-1009") == whole[1000:1010]
    assert raw("cat", f"{run}:weights.dat", "--range", "-3") == whole[-3:]
    raw("cat", f"{run}:weights.dat", "--range", "999999-", code=1)
    assert "not in run" in run_ds("cat", f"{run}:nothing", code=1).stderr
    run_ds("cat", f"{run}:x", "--range", "a-b", code=2)


def test_cat_spares_the_terminal(run: str, work: Path) -> None:
    assert "good" in on_a_terminal("cat", f"{run}:model.txt")
    assert "--force" in on_a_terminal("cat", f"{run}:weights.dat", code=1)


def test_cat_says_what_is_no_file(run: str, work: Path) -> None:
    assert "is a folder" in run_ds("cat", f"{run}:src", code=1).stderr
    assert "path is missing" in run_ds("cat", run, code=1).stderr
    beyond = run_ds("cat", f"{run}:weights.dat", "--range", "999999-", code=1).stderr
    assert "no such bytes" in beyond
    assert "Reload" not in beyond


def test_cat_into_a_pipe_that_closes_blames_nobody(run: str, work: Path) -> None:
    command = [sys.executable, "-m", "dotscience_server", "cat", f"{run}:weights.dat"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as cat:
        assert cat.stdout is not None
        assert cat.stderr is not None
        cat.stdout.close()
        assert cat.stderr.read() == b""
        assert cat.wait(60) == 1


def test_cat_of_a_file_that_is_damaged_further_down_fails(workspace: Path) -> None:
    (workspace / "large.bin").write_bytes(os.urandom(3_000_000))
    run_ds("init")
    run_ds("snapshot")
    xorbs = workspace.joinpath(".dotscience", "chunks").rglob("*.xorb")
    xorb = max(xorbs, key=lambda path: path.stat().st_size)
    xorb.chmod(0o600)
    with xorb.open("r+b") as file:
        file.seek(2_000_000)
        file.write(bytes(64))
    command = [sys.executable, "-m", "dotscience_server", "cat", "last:large.bin"]
    done = subprocess.run(command, capture_output=True, timeout=60)
    assert done.returncode == 1
    assert b"damaged" in done.stderr
    assert (workspace / "large.bin").read_bytes().startswith(done.stdout)


@pytest.mark.parametrize("named", ["nothing", "no/thing", "9" * 8])
def test_diff_of_what_is_nowhere_is_no_sameness(named: str, run: str, work: Path) -> None:
    assert named in run_ds("diff", run, named, code=1).stderr
    assert "No run no/thing" in run_ds("diff", "no/thing", code=1).stderr


def test_a_name_with_a_slash_is_no_run(run: str, work: Path) -> None:
    for asked in (["show", "a/b"], ["cat", "a/b:c"], ["ls", ""], ["checkout", "../x"]):
        assert "No run" in run_ds(*asked, code=1).stderr


def test_ls_lists_a_folder(run: str, work: Path) -> None:
    assert run_ds("ls", run).stdout.split() == ["model.txt", "src/", "weights.dat"]
    assert run_ds("ls", f"{run}:src").stdout.split() == ["train.py"]
    assert "src/train.py" in run_ds("ls", "-r", run).stdout
    assert "256 kB" in run_ds("ls", "-l", f"{run}:weights.dat").stdout
    listed = json.loads(run_ds("ls", "--json", "last").stdout)["files"]
    assert [one["path"] for one in listed] == ["model.txt", "src", "weights.dat"]
    assert "not in" in run_ds("ls", f"{run}:nothing", code=1).stderr


def test_paths_are_those_of_the_folder_one_stands_in(
    run: str, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(work / "src")
    assert raw("cat", f"{run}:./train.py") == b"lr = 1\nepochs = 5\n"
    assert "Would bring back 1 file" in run_ds("restore", run, "train.py", "--dry-run").stdout
    assert "~ src/train.py" in run_ds("diff", run, "now", "train.py", "--stat").stdout
    assert "it is not in the workspace" in run_ds("log", "../../x", code=1).stderr


def test_diff_shows_files_and_texts(run: str, work: Path) -> None:
    told = run_ds("diff").stdout
    assert "~ model.txt" in told and "    -good" in told and "    +bad" in told
    assert "    +\\x1b[31m" in told and "\x1b" not in told
    assert told.splitlines()[-1] == "2 modified"
    assert run_ds("diff", run).stdout == told == run_ds("diff", run, "now").stdout
    only = run_ds("diff", "--stat", run, "src", "weights.dat").stdout.splitlines()
    assert only[0].startswith("~ src/train.py") and only[1] == "1 modified"
    assert run_ds("diff", "last", "last").stdout == "Nothing differs.\n"
    found = valid("diff", json.loads(run_ds("diff", "--json", "--", "src").stdout))
    assert [one["path"] for one in found["files"]] == ["src/train.py"]
    assert "No run zzz" in run_ds("diff", "zzz", code=1).stderr


def test_diff_is_coloured_on_a_terminal(run: str, work: Path) -> None:
    told = on_a_terminal("diff", run)
    assert "\x1b[31m-good\x1b[0m" in told and "\x1b[32m+bad\x1b[0m" in told


def test_log_says_who_made_it(run: str, work: Path) -> None:
    told = run_ds("log", "model.txt").stdout
    assert f"made by {run}  the first" in told
    assert "as in no version below" in told
    valid("versions", json.loads(run_ds("log", "--json", "model.txt").stdout))
    assert "not in any run or snapshot" in run_ds("log", "never", code=1).stderr


def branched(done: Done) -> Path:
    return Path(done.stdout.strip().rpartition(" stands in ")[2])


def test_restore_brings_back_and_says_where_the_other_is(run: str, work: Path) -> None:
    done = run_ds("restore", run, "model.txt")
    assert (work / "model.txt").read_text() == "good\n"
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Brought back 1 file (5 B)")
    snapshot = lines[1].split()[-1].rstrip(".")
    assert raw("cat", f"{snapshot}:model.txt") == b"bad\n"
    assert "1 file so already" in run_ds("restore", run, "model.txt").stdout
    assert run_ds("restore", snapshot, "model.txt").stdout.startswith("Brought back 1 file")
    assert (work / "model.txt").read_text() == "bad\n"
    assert "not in run" in run_ds("restore", run, "never", code=1).stderr
    job = json.loads(run_ds("restore", "--json", run, ".", "--dry-run").stdout)
    assert valid("job", job)["result"]["paths"] == ["model.txt", "src/train.py"]


def test_wrong_arguments_are_answered_with_the_right_ones(run: str, work: Path) -> None:
    assert f"ds diff {run} src" in run_ds("diff", f"{run}:src", code=1).stderr
    assert "src is a folder" in run_ds("log", "src", code=1).stderr
    assert f"ds restore {run} PATH" in run_ds("restore", run, code=1).stderr
    assert "'ds ls RUN'" in run_ds("cat", f"{run}:nope", code=1).stderr
    assert "model.txt" in run_ds("restore", f"{run}:model.txt", "--dry-run").stdout


def test_branch_makes_a_workspace_and_lists_it(run: str, work: Path) -> None:
    assert run_ds("branch").stdout.startswith("No branches.")
    folder = branched(run_ds("branch", "a try", run))
    assert (folder / "model.txt").read_text() == "good\n"
    assert "a try" in run_ds("branch").stdout
    assert "This is branch a try of" in run_ds("-C", os.fspath(folder), "branch").stdout
    assert "exists already" in run_ds("branch", "a try", code=1).stderr


def test_checkout_takes_snapshots(work: Path) -> None:
    told = run_ds("checkout", "last", "--into", "whole").stdout
    assert told.startswith("Snapshot ") and (work / "whole" / "src" / "train.py").exists()


def test_last_stays_when_files_are_brought_back(workspace: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (workspace / name).write_text("good\n")
    run_ds("init")
    run_ds("snapshot")
    for name in ("a.txt", "b.txt"):
        (workspace / name).write_text("bad\n")
    for name in ("a.txt", "b.txt"):
        run_ds("restore", "last", name)
        assert (workspace / name).read_text() == "good\n"
