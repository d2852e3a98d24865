"""What differs between two runs, snapshots, or one and the files as they are."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dotscience_server.client import WorkerClient
from dotscience_server.protocol.failure import ApiError
from dotscience_server.snapshots.text_diff import diff_texts, text_of
from tests.worker.schemas import check
from tests.worker.test_restores import snapshot
from tests.worker.workspaces import Workspace

Json = dict[str, Any]


def diff(client: WorkerClient, a: str, b: str, **more: object) -> Json:
    found = client.get("diff", {"a": a, "b": b, **more})  # type: ignore[dict-item]
    check("diff", found)
    return found


def listed(found: Json) -> list[tuple[Any, ...]]:
    return [(one["path"], one["kind"], one["from"]) for one in found["files"]]


def text(client: WorkerClient, path: str, a: str = "last", b: str = "now") -> Json:
    found = client.get("diff/file", {"a": a, "b": b, "path": path})
    check("file-diff", found)
    return found


@pytest.fixture
def changed(workspace: Workspace, client: WorkerClient) -> str:
    """A snapshot; every kind of change since."""
    root = workspace.path
    (root / "d").mkdir()
    for name in ("same", "edited", "removed", "d/old-name", "executable"):
        (root / name).write_text(f"{name}\ntwo\nthree\n")
    (root / "data.bin").write_bytes(bytes(1000))
    (root / "link").symlink_to("same")
    taken = snapshot(client)
    (root / "edited").write_text("edited\nTWO\nthree\n")
    (root / "removed").unlink()
    (root / "d" / "old-name").rename(root / "new-name")
    (root / "executable").chmod(0o755)
    (root / "data.bin").write_bytes(bytes(999) + b"x")
    (root / "added").write_text("new")
    (root / "link").unlink()
    (root / "link").symlink_to("edited")
    os.utime(root / "same", (1, 1))
    return taken


WANTED = [
    ("added", "added", None),
    ("data.bin", "modified", None),
    ("edited", "modified", None),
    ("executable", "mode", None),
    ("link", "modified", None),
    ("new-name", "moved", "d/old-name"),
    ("removed", "deleted", None),
]


def test_against_the_files_as_they_are_and_against_the_next_snapshot(
    client: WorkerClient, changed: str
) -> None:
    now = diff(client, f"@{changed}", "now")
    assert listed(now) == WANTED
    assert now["counts"] == {
        "added": 1, "modified": 3, "deleted": 1, "moved": 1, "mode": 1, "same": 2,
    }  # fmt: skip
    assert (now["a"]["snapshot"], now["b"]["title"]) == (changed, "Now")
    snapshot(client)
    then = diff(client, f"@{changed[:8]}", "last")
    assert listed(then) == WANTED and then["counts"] == now["counts"]
    assert diff(client, "last", "now")["files"] == []
    back = diff(client, "last", f"@{changed}")
    assert ("added", "deleted", None) in listed(back)


def test_pages_and_folders(client: WorkerClient, changed: str) -> None:
    first = diff(client, "last", "now", limit=3)
    rest = diff(client, "last", "now", after=first["next"])
    assert listed(first) + listed(rest) == WANTED
    assert rest["next"] is None and first["counts"] == rest["counts"]
    assert listed(diff(client, "last", "now", under="d")) == [WANTED[5]]


def test_texts_as_diff_writes_them(client: WorkerClient, changed: str) -> None:
    found = text(client, "edited")
    assert (found["state"], found["added"], found["removed"]) == ("text", 1, 1)
    assert found["diff"] == "@@ -1,3 +1,3 @@\n edited\n-two\n+TWO\n three\n"
    assert text(client, "same")["state"] == "same"
    assert text(client, "data.bin")["state"] == "binary"
    assert text(client, "link")["diff"] == "@@ -1 +1 @@\n-same\n+edited\n"
    assert text(client, "added")["diff"] == "@@ -0,0 +1 @@\n+new\n\\ No newline at end of file\n"
    with pytest.raises(ApiError) as caught:
        text(client, "never")
    assert caught.value.code == "file-not-found"


def test_large_and_not_kept(workspace: Workspace, client: WorkerClient) -> None:
    policy = client.get("status")["policy"]
    client.put("policy", {**policy, "rules": [{"pattern": "held", "policy": "fingerprint"}]})
    (workspace.path / "held").write_text("a")
    (workspace.path / "large").write_text("a\n" * 2_000_000)
    snapshot(client)
    (workspace.path / "held").write_text("b")
    (workspace.path / "large").write_text("b\n" * 2_000_000)
    states = {one["path"]: one["text"] for one in diff(client, "last", "now")["files"]}
    assert states == {"held": False, "large": False}
    assert text(client, "held")["state"] == "not_kept"
    assert text(client, "large")["state"] == "large"


def test_a_notebook_is_its_sources(workspace: Workspace, client: WorkerClient) -> None:
    def save(source: str, output: str) -> None:
        cell = {"cell_type": "code", "source": [source], "outputs": [output]}
        (workspace.path / "n.ipynb").write_text(json.dumps({"cells": [cell]}))

    save("a = 1", "old")
    snapshot(client)
    save("a = 1", "new output")
    assert text(client, "n.ipynb")["state"] == "same"
    save("a = 2", "old")
    assert text(client, "n.ipynb")["diff"] == "@@ -1,2 +1,2 @@\n # %% [code]\n-a = 1\n+a = 2\n"


LINES = st.lists(
    st.sampled_from(["a", "b", "", "c\r", "\x0b", "\\", "-", "+x", "\x00"]), max_size=12
)


@given(LINES, LINES, st.booleans(), st.booleans())
def test_a_diff_applied_gives_the_other_text(
    a: list[str], b: list[str], end_a: bool, end_b: bool
) -> None:
    """patch(a, diff(a, b)) == b"""
    one = "\n".join(a) + ("\n" if end_a and a else "")
    other = "\n".join(b) + ("\n" if end_b and b else "")
    found = diff_texts(one, other)
    if found.state == "same":
        assert one == other
    else:
        assert patched(one, found.diff or "") == other


def patched(text: str, diff: str) -> str:
    """What patch(1) would make."""
    source = re.findall(r"[^\n]*\n|[^\n]+", text)
    result: list[str] = []
    at = 0
    told = diff.split("\n")[:-1]
    for number, line in enumerate(told):
        if line.startswith("@@"):
            first, _, count = line.split()[1][1:].partition(",")
            start = int(first) - (count != "0")
            result += source[at:start]
            at = start
            continue
        if line.startswith("\\"):
            continue
        open_end = number + 1 < len(told) and told[number + 1].startswith("\\")
        whole = line[1:] + ("" if open_end else "\n")
        if line[0] in " -":
            assert source[at] == whole
            at += 1
        if line[0] in " +":
            result.append(whole)
    return "".join(result + source[at:])


def test_what_is_no_text() -> None:
    assert text_of(b"a\0b", False) is None
    assert text_of(b"\xff", False) is None
    assert text_of(b"no notebook", True) == "no notebook"
