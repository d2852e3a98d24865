"""`npm start`, as a person uses it: on a terminal, ended by Ctrl+C."""

from __future__ import annotations

import os
import pty
import re
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

pytestmark = pytest.mark.fault  # alone: it measures, and kills npm

ROOT = Path(__file__).resolve().parent.parent.parent
LIMIT_S = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Terminal:
    """A program in the foreground of a terminal of its own."""

    process: subprocess.Popen[bytes]
    descriptor: int
    text: str = field(default="")

    def wait_for(self, pattern: str) -> re.Match[str]:
        limit = time.monotonic() + LIMIT_S
        while time.monotonic() < limit:
            if found := re.search(pattern, self.text):
                return found
            try:
                self.text += os.read(self.descriptor, 4096).decode(errors="replace")
            except OSError:
                break
        raise AssertionError(f"{pattern!r} did not appear in:\n{self.text}")

    def press_ctrl_c(self) -> None:
        os.write(self.descriptor, b"\x03")


def on_terminal(*command: str) -> Terminal:
    master, slave = pty.openpty()
    # A session of its own, whose controlling terminal is the new one.
    process = subprocess.Popen(
        ["setsid", "--ctty", *command],
        cwd=ROOT,
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    return Terminal(process, master)


def npm_start(folder: Path) -> Terminal:
    """On a folder of the test: the examples may be open in the developer's own JupyterLab."""
    options = ["--no-browser", f"--port={free_port()}", f"--ServerApp.root_dir={folder}"]
    return on_terminal("npm", "start", "--", *options)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Terminal]:
    terminal = npm_start(tmp_path)
    yield terminal
    terminal.process.kill()
    terminal.process.wait()
    os.close(terminal.descriptor)


def test_the_printed_address_answers_and_ctrl_c_ends_it(start: Terminal) -> None:
    address = start.wait_for(r"JupyterLab is at  (http://\S+)")[1]
    with urllib.request.urlopen(address) as page:
        assert b"JupyterLab" in page.read()
    start.press_ctrl_c()
    start.wait_for("Stopped.")
    start.process.wait(timeout=10)
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(address)


def seconds_to_address(folder: Path) -> float:
    began = time.monotonic()
    terminal = npm_start(folder)
    terminal.wait_for("JupyterLab is at")
    took = time.monotonic() - began
    terminal.press_ctrl_c()
    terminal.wait_for("Stopped.")
    terminal.process.wait(timeout=10)
    os.close(terminal.descriptor)
    return took


def test_a_second_start_prints_its_address_within_ten_seconds(tmp_path: Path) -> None:
    seconds_to_address(tmp_path)
    # Three tries, because this machine may be doing something else.
    times = (seconds_to_address(tmp_path) for _ in range(3))
    assert any(took < 10 for took in times)


def test_it_ends_when_npm_is_killed(start: Terminal) -> None:
    address = start.wait_for(r"JupyterLab is at  (http://\S+)")[1]
    start.process.kill()
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        try:
            urllib.request.urlopen(address).close()
        except OSError:
            return
        time.sleep(0.2)
    raise AssertionError("JupyterLab still answers")
