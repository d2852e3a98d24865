"""``ds storage``, ``ds gc``, ``ds pin``, ``ds verify``, end to end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dotscience_server.cli.gc import budget
from dotscience_server.store.layout import locate
from tests.cli.conftest import run_ds, valid

MANY = """
import os
import dotscience as ds
for number in range(22):
    ds.start(f"number {number}")
    with open(ds.output("model.bin"), "wb") as file:
        file.write(b"%d" % number + os.urandom(5 << 20 if number < 2 else 10))
    ds.publish()
"""


@pytest.mark.parametrize(
    ("text", "size"),
    [("50GB", 50 * 10**9), ("1.5 tb", 15 * 10**11), ("0", 0), ("2GiB", 2**31), ("10g", 10**10)],
)
def test_sizes_as_people_write_them(text: str, size: int) -> None:
    assert budget(text) == size


def test_the_store_is_shown_and_cleaned(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOTSCIENCE_TEST_GC_YOUNG_S", "0")
    run_ds("init")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    subprocess.run([sys.executable, "-c", MANY], check=True, env=environment, capture_output=True)
    run_ds("snapshot")
    told = valid("storage", json.loads(run_ds("storage", "--json").stdout))
    oldest = sorted(told["runs"], key=lambda run: run["time"])[:2]
    shown = run_ds("storage").stdout
    assert "needed by nothing" in shown and oldest[0]["run"][:8] in shown and "5.24 MB" in shown

    run_ds("pin", oldest[1]["run"][:8])
    assert "number" in run_ds("storage").stdout and "pinned" in run_ds("storage").stdout
    planned = run_ds("gc", "--budget", "1MB").stdout
    assert "over its budget of 1.00 MB" in planned and "ds gc --apply" in planned
    assert oldest[0]["run"][:8] in planned and oldest[1]["run"][:8] not in planned
    assert "freed" in run_ds("gc", "--apply").stdout
    assert "thinned" in run_ds("storage", "-n", "30").stdout
    run_ds("unpin", oldest[1]["run"][:8])
    assert oldest[1]["run"][:8] in run_ds("gc").stdout
    assert (
        json.loads(run_ds("gc", "--budget", "default", "--json").stdout)["storage"]["plan"] is None
    )
    assert run_ds("gc").stdout == "Nothing to clean up.\n"
    run_ds("gc", "--budget", "much", code=2)


def test_damage_is_told_with_exit_code_1(workspace: Path) -> None:
    run_ds("init")
    (workspace / "data.txt").write_bytes(os.urandom(1000))
    run_ds("snapshot")
    assert run_ds("verify").stdout.endswith("Everything is as it was stored.\n")
    (xorb,) = (locate(workspace).store / "chunks" / "xorbs").rglob("*.xorb")
    xorb.chmod(0o600)
    data = bytearray(xorb.read_bytes())
    data[500] ^= 1
    xorb.write_bytes(data)
    told = run_ds("verify", code=1).stdout
    assert "data.txt" in told and "ds verify --repair" in told and xorb.stem[:16] in told
    valid("verify", json.loads(run_ds("verify", "--json", code=1).stdout))
    told = run_ds("verify", "--repair").stdout
    assert "1 damage repaired." in told and "Everything is as it was stored." in told
