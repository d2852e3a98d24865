"""What the environment record holds: packages and their origins, Git, machine, container, variables."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest

from dotscience import _git_state, _machine
from dotscience._git_state import git_state, source_state
from dotscience._journal import ENVIRONMENT, read_records
from dotscience._packages import conda, installed, packages
from dotscience._variables import looks_secret, seeds, variables, without_credentials
from tests.library.programs import LIMIT_S, Place
from tests.library.test_pythons import interpreter


def git(folder: Path, *args: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *args]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit of ``code.py`` on ``main``."""
    top = tmp_path / "repo"
    top.mkdir()
    git(top, "init", "-qb", "main")
    (top / "code.py").write_text("print(1)\n")
    git(top, "add", ".")
    git(top, "commit", "-qm", "x")
    return top


def test_packages_are_those_that_metadata_knows() -> None:
    known = {d.name.replace("_", "-").lower(): d.version for d in distributions() if d.name}
    found = packages(sys.path)
    assert found["pytest"] == known["pytest"]
    assert {name.replace(".", "-") for name in known} - {
        n.replace(".", "-") for n in found
    } == set()
    assert installed(sys.path)[0] == found


def test_odd_folders_are_passed_over(tmp_path: Path) -> None:
    for name in ("A_b-1.0.dist-info", "egg-2.0-py3.8.egg-info", "develop.egg-info", "x.py"):
        (tmp_path / name).mkdir()
    assert packages([str(tmp_path), "/missing", str(tmp_path / "x.py")]) == {
        "a-b": "1.0",
        "egg": "2.0",
    }


def distribution(folder: Path, name: str, direct: Any = None, installer: str = "pip") -> None:
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "INSTALLER").write_text(installer + "\n")
    if direct is not None:
        text = direct if isinstance(direct, str) else json.dumps(direct)
        (info / "direct_url.json").write_text(text)


def test_origins(tmp_path: Path, repository: Path) -> None:
    distribution(tmp_path, "plain")
    distribution(tmp_path, "broken", "{")
    distribution(tmp_path, "fromconda", installer="conda")
    source = {"url": repository.as_uri(), "dir_info": {"editable": True}}
    distribution(tmp_path, "mine", source)
    distribution(tmp_path, "folder", {"url": "file:///src/x", "dir_info": {}})
    distribution(tmp_path, "wheel", {"url": "https://u:p@host/w.whl?sig=1", "archive_info": {}})
    vcs = {"vcs": "git", "commit_id": "abc"}
    distribution(tmp_path, "vcs", {"url": "https://github.com/x/y", "vcs_info": vcs})
    (repository / "code.py").write_text("print(2)\n")
    _, origins = installed([str(tmp_path)])
    nothing = {"commit": None, "dirty": None}
    head = git(repository, "rev-parse", "HEAD")
    assert origins == {
        "fromconda": {"kind": "conda", "url": None, **nothing},
        "mine": {"kind": "editable", "url": source["url"], "commit": head, "dirty": True},
        "folder": {"kind": "local", "url": "file:///src/x", **nothing},
        "wheel": {"kind": "url", "url": "https://host/w.whl", **nothing},
        "vcs": {"kind": "vcs", "url": "https://github.com/x/y", "commit": "abc", "dirty": None},
    }


def test_conda_lines(tmp_path: Path) -> None:
    assert conda(str(tmp_path)) is None
    meta = tmp_path / "conda-meta"
    meta.mkdir()
    (meta / "history").touch()
    url = "https://conda.anaconda.org/t/to-ken/conda-forge/linux-64/numpy-1.conda"
    told = {"md5": "0" * 32, "name": "numpy", "url": url}
    (meta / "numpy-1.json").write_text(json.dumps(told, indent=2))
    (meta / "odd-1.json").write_text("{}")
    expected = "https://conda.anaconda.org/t/…/conda-forge/linux-64/numpy-1.conda#" + "0" * 32
    assert conda(str(tmp_path)) == [expected]


def test_commit_and_branch(tmp_path: Path) -> None:
    def state() -> Any:
        found = git_state(str(tmp_path))
        return found and (found["commit"], found["branch"], found["dirty"], found["diff"])

    assert state() is None
    git(tmp_path, "init", "-qb", "feature/x")
    assert state() == (None, "feature/x", None, None)
    git(tmp_path, "commit", "-qm", "x", "--allow-empty")
    head = git(tmp_path, "rev-parse", "HEAD")
    assert state() == (head, "feature/x", False, None)
    git(tmp_path, "pack-refs", "--all")
    assert state() == (head, "feature/x", False, None)
    git(tmp_path, "checkout", "-q", "--detach")
    assert state() == (head, None, False, None)


def test_a_diff_applies_to_its_commit(repository: Path) -> None:
    (repository / "code.py").write_text("print(2)\n")
    (repository / "new.bin").write_bytes(bytes(range(256)))
    (repository / "other").touch()
    git(repository, "add", "new.bin")
    kept: list[bytes] = []
    found = git_state(str(repository), lambda diff: kept.append(diff) or "s/diff")  # type: ignore[func-returns-value]
    assert found is not None
    assert (found["dirty"], found["diff"], found["untracked"]) == (True, "s/diff", 1)
    assert found["diff_bytes"] == len(kept[0])
    assert found["diff_sha256"] == hashlib.sha256(kept[0]).hexdigest()
    git(repository, "reset", "-q", "--hard")
    subprocess.run(["git", "apply"], cwd=repository, input=kept[0], check=True)
    assert (repository / "code.py").read_text() == "print(2)\n"
    assert (repository / "new.bin").read_bytes() == bytes(range(256))


def test_a_large_diff_is_cut(repository: Path) -> None:
    (repository / "code.py").write_bytes(os.urandom(2 << 20).hex().encode())
    kept: list[bytes] = []
    found = git_state(str(repository), lambda diff: kept.append(diff))  # type: ignore[func-returns-value]
    assert found is not None and found["dirty"] is True and found["diff"] is None
    assert len(kept[0]) == found["diff_bytes"] == _git_state.DIFF_BYTES


def test_git_starts_nothing_that_is_configured(repository: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    trap.chmod(0o755)
    for key in (
        *("core.fsmonitor", "core.pager", "pager.diff", "diff.external", "diff.x.command"),
        *("diff.x.textconv", "filter.x.clean", "filter.x.process", "credential.helper"),
    ):
        git(repository, "config", key, str(trap))
    (repository / ".gitattributes").write_text("*.py diff=x filter=x\n")
    hook = repository / ".git" / "hooks" / "post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.symlink_to(trap)
    (repository / "code.py").write_text("print(2)\n")
    found = git_state(str(repository), lambda diff: "s/diff")
    assert found is not None and found["dirty"] is True
    assert source_state(str(repository))[1] is True
    assert not (tmp_path / "sprung").exists()


def test_without_git_what_files_say(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = git(repository, "rev-parse", "HEAD")
    monkeypatch.setenv("PATH", "/nowhere")
    found = git_state(str(repository), lambda diff: "s/diff")
    assert found == {
        **{"commit": head, "branch": "main", "dirty": None},
        **{"diff": None, "diff_bytes": 0, "untracked": 0},
    }


def test_a_git_that_hangs_is_ended(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_git_state, "TIME_S", 0.1)
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\nexec sleep 60\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    found = git_state(str(repository), None)
    assert found is not None and found["dirty"] is None


SECRETS = [
    "postgres://me:hunter2@db/x",
    "https://token@host/simple",
    "-----BEGIN RSA PRIVATE KEY-----",
    "AKIAIOSFODNN7EXAMPLE",
    "ASIAIOSFODNN7EXAMPLE",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "github_pat_11ABCDEFG0",
    "glpat-abcdefghij1234567890",
    "hf_abcdefghijklmnopqrstuvwxyzABCDEF",
    "sk-proj-abcdefgh12345678",
    "sk_" + "live_abcdef",
    "xox" + "b-123-456-abc",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
    "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "ya29.a0AfH6SMB",
    "npm_abcdefghijklmnopqrstuvwxyz012345",
    "pypi-AgEIcHlwaS5vcmcCJGE",
    "dapi0123456789abcdef0123456789abcdef",
    "SG.abcdefghijklmnopqrst.uvwxyz",
    "password=hunter2",
    "--api-key: abc",
    "Bearer abc",
    "0123456789abcdef0123456789abcdef",
    "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY12",
    "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MEFCQ0RFRg==",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_by_any_listed_name(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert looks_secret(secret)
    assert looks_secret(f"--xla_a=1 {secret}")
    monkeypatch.setenv("XLA_FLAGS", secret)
    monkeypatch.setenv("DATABASE_URL", "harmless")
    monkeypatch.setenv("MY_TOKEN", secret)
    assert not {"XLA_FLAGS", "DATABASE_URL", "MY_TOKEN"} & set(variables())


@pytest.mark.parametrize(
    "value",
    [
        *(
            "0",
            "0,1,2,3",
            ":4096:8",
            "false",
            "en_GB.UTF-8",
            "Europe/London",
            "granularity=fine,compact,1,0",
        ),
        *(
            "/opt/conda/envs/my-env_3.11/lib",
            "--xla_gpu_deterministic_ops=true",
            "max_split_size_mb:128",
        ),
        *("GPU-8f2c1e0a-1b2c-3d4e-5f60-718293a4b5c6", "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"),
    ],
)
def test_plain_values_are_kept(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", value)
    assert variables()["CUDA_VISIBLE_DEVICES"] == value


def test_seeds_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    assert seeds() == {"PYTHONHASHSEED": "7"}
    monkeypatch.setenv("PYTHONHASHSEED", "random")
    assert seeds() == {}


def test_urls_lose_credentials() -> None:
    assert without_credentials("https://u:p@h/simple?token=1") == "https://h/simple"
    assert without_credentials("git+ssh://git@github.com/x") == "git+ssh://github.com/x"
    assert without_credentials("https://c/t/tk-1/ch/x.conda") == "https://c/t/…/ch/x.conda"


def test_machine() -> None:
    told = _machine.machine(None)
    assert told["cores"] == os.cpu_count()
    assert isinstance(told["memory_bytes"], int)
    assert told["os"] is not None
    assert set(told) == {"os", "cpu", "cores", "memory_bytes", "gpus", "driver", "cuda"}


def test_container(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("JUPYTER_IMAGE_SPEC", "quay.io/lab:1@sha256:" + "0" * 64)
    assert _machine.container() == {
        "kind": "kubernetes",
        "image": "quay.io/lab:1@sha256:" + "0" * 64,
        "digest": "sha256:" + "0" * 64,
    }
    monkeypatch.setenv("DOTSCIENCE_IMAGE", "mine")
    assert (_machine.container() or {})["image"] == "mine"


def test_a_script_records_it_once_with_its_diff(place: Place) -> None:
    git(place.root, "init", "-qb", "main")
    (place.root / "a.py").write_text("1\n")
    git(place.root, "add", "a.py")
    git(place.root, "commit", "-qm", "x")
    (place.root / "a.py").write_text("2\n")
    running = place.start("""
        import dotscience as ds
        for run in range(3):
            ds.start(); ds.publish()
        input()
    """)
    store = place.root / ".git" / "dotscience" / "main"
    deadline = time.monotonic() + LIMIT_S
    while not recorded(store):
        assert running.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    assert running.communicate("\n", timeout=LIMIT_S)[1] == ""
    [told] = recorded(store)
    [journal] = (store / "journal").glob("*.dsj")
    state = told["git"]
    assert state["dirty"] is True and state["untracked"] == 1
    assert state["diff"] == f"{journal.stem}/diff"
    diff = (store / "pins" / state["diff"]).read_bytes()
    assert b"-1\n+2\n" in diff and len(diff) == state["diff_bytes"]


def recorded(store: Path) -> list[dict[str, Any]]:
    """The environment records of a store's journals."""
    files = (store / "journal").glob("*.dsj")
    records = [record for file in files for record in read_records(file)[0]]
    return [record.payload for record in records if record.type == ENVIRONMENT]


def test_a_process_that_ends_at_once_tells_what_it_knows(place: Place, tmp_path: Path) -> None:
    git(place.root, "init", "-qb", "main")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "bin" / "git").chmod(0o755)
    path = f"{tmp_path}/bin:{os.environ['PATH']}"
    done = place.run("import dotscience as ds; ds.start(); ds.publish()", PATH=path)
    assert (done.code, done.stderr) == (0, "")
    [told] = recorded(place.root / ".git" / "dotscience" / "main")
    assert told["git"]["branch"] == "main" and "pytest" in told["packages"]


@pytest.mark.parametrize("version", ["3.8", "3.12", "3.13"])
def test_forks_are_not_warned_of_and_tell_the_parents(place: Place, version: str) -> None:
    """Python 3.12 warns a process with threads that forks; ours have ended before."""
    done = place.run(
        """
        import os
        import dotscience as ds
        from dotscience._background import _background
        ds.start()
        _background._thread.join()
        for child in range(3):
            if os.fork() == 0:
                ds.metric("child", child); os._exit(0)
            os.wait()
        ds.publish()
        """,
        python=interpreter(version),
    )
    assert done.stderr == ""
    told = place.of("environment")
    assert len(told) == 4 and all(one == told[0] for one in told)


def test_a_process_that_records_nothing_has_no_thread_of_ours(place: Place) -> None:
    done = place.run("""
        import sys, threading
        import dotscience as ds
        print(threading.active_count(), "dotscience._background" in sys.modules)
    """)
    assert done.stdout == "1 False\n"
    assert place.journals() == []


@pytest.mark.parametrize("version", ["3.8", "3.12", "3.13"])
def test_a_run_at_the_very_end_of_the_interpreter(place: Place, version: str) -> None:
    """Python 3.12 begins no threads then."""
    done = place.run(
        """
        import atexit
        def late():
            import dotscience as ds
            ds.start("late"); ds.publish()
        atexit.register(late)
        """,
        python=interpreter(version),
    )
    assert (done.code, done.stderr) == (0, "")
    assert len(place.of("publish")) == 1


def test_git_is_nobodys_child(place: Place, tmp_path: Path) -> None:
    """What waits for any child meets the user's alone, while Git is asked."""
    git(place.root, "init", "-qb", "main")
    (place.root / "a.py").write_text("1\n")
    git(place.root, "add", "a.py")
    git(place.root, "commit", "-qm", "x")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\nexec sleep 5\n")
    (tmp_path / "bin" / "git").chmod(0o755)
    done = place.run(
        f"""
        import os, subprocess, time
        import dotscience as ds
        ds.start()
        while not os.path.exists({str(tmp_path / "asked")!r}):
            time.sleep(0.001)
        mine = [subprocess.Popen(["sleep", "0.05"]).pid for n in range(2)]
        assert sorted(os.wait()[0] for n in range(2)) == sorted(mine)
        try:
            os.wait()
        except ChildProcessError:
            print("no child")
        ds.publish()
        os._exit(0)
        """,
        PATH=f"{tmp_path}/bin:{os.environ['PATH']}",
    )
    assert (done.code, done.stdout.splitlines()[0]) == (0, "no child")
