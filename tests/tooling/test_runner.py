"""The runner behind `npm test` tells every way a suite can go wrong from success."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent.parent
RUNNER = (ROOT / "scripts/suites/runner.mjs").as_uri()
REPORTS = (ROOT / "scripts/suites/reports.mjs").as_uri()

RUN_SUITE = f"""
const {{ runSuite }} = await import('{RUNNER}');
const result = await runSuite(JSON.parse(process.argv[1]));
console.log(JSON.stringify(result));
"""


def node(script: str, *arguments: str, **env: str) -> str:
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script, *arguments],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_suite(
    *programs: str, minutes: float = 1, env: dict[str, str] | None = None, **more: object
) -> Any:
    checks = [
        {"name": f"program {number}", "argv": [sys.executable, "-c", program]}
        for number, program in enumerate(programs)
    ]
    suite = {"name": f"test-{os.getpid()}", "minutes": minutes, "setup": [], "checks": checks}
    try:
        return json.loads(node(RUN_SUITE, json.dumps({**suite, **more}), **(env or {})))
    finally:
        for left in (ROOT / ".cache/test").glob(f"{suite['name']}-*.log"):
            left.unlink()


def runs(pid: str) -> bool:
    """A zombie has ended; that nobody asked for its status is not our matter."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def counts(result: Any) -> tuple[int, int, int]:
    return result["passed"], result["failed"], result["skipped"]


def test_each_program_counts_as_one_test() -> None:
    result = run_suite("pass", "raise SystemExit(3)", "pass", parallel=2)
    assert counts(result) == (2, 1, 0)


def test_a_failing_programs_whole_output_is_shown() -> None:
    result = run_suite("print('first'); print('last'); raise SystemExit(1)")
    assert "first\nlast\n" in "\n".join(result["problems"])


def test_a_passing_programs_output_is_not_shown() -> None:
    assert run_suite("print('chatter')")["problems"] == []


def test_a_program_over_the_limit_is_ended_with_its_children(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    program = (
        "import subprocess, sys, time; "
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
        f"open({str(pid_file)!r}, 'w').write(str(child.pid)); time.sleep(600)"
    )
    started = time.monotonic()
    result = run_suite(program, minutes=2 / 60)
    assert time.monotonic() - started < 30
    assert counts(result) == (0, 1, 0)
    assert "was stopped at its suite's limit" in "\n".join(result["problems"])
    assert not runs(pid_file.read_text())


def test_a_killed_program_is_a_failure() -> None:
    result = run_suite("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert counts(result) == (0, 1, 0)
    assert "was killed by SIGKILL" in "\n".join(result["problems"])


def test_a_program_that_does_not_exist_is_a_failure() -> None:
    checks = [{"name": "missing", "argv": ["/nonexistent/program"]}]
    result = run_suite(checks=checks)
    assert counts(result) == (0, 1, 0)
    assert "could not be started" in "\n".join(result["problems"])


def test_a_process_left_running_is_a_failure_and_is_ended() -> None:
    program = (
        "import subprocess, sys; "
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'],"
        " start_new_session=True)"
    )
    result = run_suite(program)
    assert counts(result) == (1, 1, 0)
    (problem,) = result["problems"]
    assert problem.startswith("Left running: ")
    assert "time.sleep(600)" in problem
    assert not runs(problem.split()[2])


def pytest_suite(tests: str, folder: Path) -> dict[str, object]:
    (folder / "test_planted.py").write_text(tests)
    argv = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "no:cacheprovider"]
    return {"checks": [{"name": "pytest", "report": "junit", "argv": [*argv, str(folder)]}]}


def test_tests_are_counted_from_the_report(tmp_path: Path) -> None:
    tests = """
import pytest
def test_a(): pass
def test_b(): assert False
@pytest.mark.skip
def test_c(): pass
@pytest.fixture
def broken():
    yield
    raise RuntimeError
def test_fails_twice(broken): assert False
"""
    assert counts(run_suite(**pytest_suite(tests, tmp_path))) == (1, 2, 1)


def test_a_suite_that_ran_no_test_is_a_failure(tmp_path: Path) -> None:
    result = run_suite(**pytest_suite("", tmp_path))
    assert counts(result) == (0, 1, 0)


def test_a_suite_of_which_all_is_skipped_is_a_failure(tmp_path: Path) -> None:
    tests = "import pytest\n@pytest.mark.skip\ndef test_a(): pass\n"
    result = run_suite(**pytest_suite(tests, tmp_path))
    assert counts(result) == (0, 1, 1)
    assert "ran no test" in "\n".join(result["problems"])


def test_an_error_outside_the_tests_is_a_failure(tmp_path: Path) -> None:
    suite = pytest_suite("def test_a(): pass\n", tmp_path)
    hook = "def pytest_sessionfinish(session): session.exitstatus = 3\n"
    (tmp_path / "conftest.py").write_text(hook)
    assert counts(run_suite(**suite)) == (1, 1, 0)


@pytest.mark.parametrize(
    ("report", "content", "expected"),
    [
        (
            "jest",
            {
                "numPassedTests": 3,
                "numFailedTests": 1,
                "numRuntimeErrorTestSuites": 1,
                "numPendingTests": 1,
                "numTodoTests": 1,
            },
            {"passed": 3, "failed": 2, "skipped": 2},
        ),
        (
            "playwright",
            {
                "stats": {"expected": 4, "unexpected": 1, "flaky": 1, "skipped": 2},
                "errors": [{"message": "a server did not start"}],
            },
            {"passed": 4, "failed": 3, "skipped": 2},
        ),
    ],
)
def test_reports_are_read(tmp_path: Path, report: str, content: object, expected: object) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(content))
    script = f"""
const {{ reports }} = await import('{REPORTS}');
console.log(JSON.stringify(reports.{report}.read(process.argv[1])));
"""
    assert json.loads(node(script, str(path))) == expected


@pytest.mark.parametrize(("ci", "expected"), [("true", (0, 1, 0)), ("", (0, 0, 1))])
def test_what_the_machine_lacks_is_a_skip_here_and_a_failure_in_ci(
    ci: str, expected: tuple[int, int, int]
) -> None:
    result = run_suite("pass", needs=["never"], env={"CI": ci})
    assert counts(result) == expected
    assert result["note"] == "this machine is no moon"


def npm_test(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["node", str(ROOT / "scripts/test.mjs"), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_an_unknown_suite_is_refused() -> None:
    done = npm_test("no-such-suite")
    assert done.returncode == 1
    assert "There are: lint, types" in done.stderr


def test_the_list_shows_limits_within_the_total() -> None:
    *suites, together = npm_test("--list").stdout.splitlines()
    minutes = [int(line.split(" min")[0].split()[-1]) for line in suites]
    assert sum(minutes) == int(together.split()[1]) <= 89
