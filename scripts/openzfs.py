"""Runs pytest on the tests that need the ZFS of a kernel, in the virtual machine of ../shared/openzfs (or of
$DOTSCIENCE_OPENZFS): needs no KVM, and QEMU is installed where that is possible.

    .venv/bin/python scripts/openzfs.py [--junitxml=FILE] [--vm NAME] [pytest's arguments]

`--vm`: one that `run-openzfs start --name NAME` has started, with the folder of $DOTSCIENCE_OPENZFS_SHARE shared.
The code and what pytest needs travel as one archive: importing them file by file through the share takes minutes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MARKS = "openzfs or any_zfs"
CODE = ("dotscience", "dotscience_server", "tests", "pyproject.toml")
PACKAGES = (
    "pytest _pytest pluggy iniconfig packaging pygments pathspec hypothesis sortedcontainers attr attrs"
    " typing_extensions.py _hypothesis_globals.py py.py"
)
INSIDE = """
mkdir /tmp/work.$$ && cd /tmp/work.$$ && tar -xf "$1" || exit 125
report=$2; shift 2
export PYTHONPATH=$PWD/site PYTEST_DISABLE_PLUGIN_AUTOLOAD=1
python -m pytest -c pyproject.toml --confcutdir=tests/zfs "$@"
code=$?
cp report.xml "$report" 2>/dev/null
rm -rf /tmp/work.$$
exit $code
"""


def main() -> int:
    options, more = _options()
    tools = Path(os.environ.get("DOTSCIENCE_OPENZFS") or ROOT.parent / "shared" / "openzfs")
    if not (tools / "run-openzfs").exists():
        print(f"There is no virtual machine with OpenZFS at {tools}: set DOTSCIENCE_OPENZFS.")
        return 1
    installed = subprocess.run([tools / "install-qemu"], stdin=subprocess.DEVNULL)
    if installed.returncode != 0:
        print("QEMU 8 or newer is not there and cannot be installed: see the lines above.")
        return 1
    shared = os.environ.get("DOTSCIENCE_OPENZFS_SHARE") if options.vm else None
    with tempfile.TemporaryDirectory(prefix="ds-openzfs-", dir=shared) as folder:
        code = _run(tools, Path(folder), options.vm, more)
        report = Path(folder) / "report.xml"
        if options.junitxml and report.exists():
            shutil.copy(report, options.junitxml)
    return code


def _options() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--junitxml")
    parser.add_argument("--vm")
    return parser.parse_known_args()


def _run(tools: Path, folder: Path, vm: str | None, more: list[str]) -> int:
    archive = folder / "work.tar"
    _pack(archive)
    places = ["exec", "--name", vm] if vm else ["--share", str(folder), "--venv", sys.prefix]
    report = folder / "report.xml"
    pytest = ["-m", MARKS, "--junitxml=report.xml", *(more or ["-q", "tests/zfs"])]
    if more and not any(not one.startswith("-") for one in more):
        pytest.append("tests/zfs")
    argv = [tools / "run-openzfs", *places, "--", "sh", "-c", INSIDE, "sh", archive, report]
    return subprocess.run([*argv, *pytest], stdin=subprocess.DEVNULL).returncode


def _pack(archive: Path) -> None:
    site = Path(sysconfig.get_path("purelib"))
    with tarfile.open(archive, "w") as tar:
        for name in CODE:
            tar.add(ROOT / name, name, filter=_wanted)
        for name in PACKAGES.split():
            if (site / name).exists():
                tar.add(site / name, f"site/{name}", filter=_wanted)


def _wanted(one: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Neither the built extension nor the tests of other parts."""
    parts = Path(one.name).parts
    skipped = parts[:2] == ("dotscience_server", "labextension") or parts[:2] == (
        "tests",
        "integrations",
    )
    return None if skipped or "fixtures" in parts else one


if __name__ == "__main__":
    sys.exit(main())
