"""What a program leaves in the journal, through its whole life (docs/formats/journal.md)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from dotscience._block import read_text
from dotscience._journal import is_alive
from tests.library.programs import REPOSITORY, Place


def test_a_run_in_order(place: Place) -> None:
    (place.root / "in.csv").touch()
    place.run("""
        import dotscience as ds
        ds.script()
        ds.start("first")
        ds.input("in.csv"); ds.parameter("lr", 0.1); ds.metric("loss", None); ds.label("é", "☃")
        open(ds.output("out.bin"), "w").write("x")
        ds.error("bad"); ds.publish("second")
    """)
    assert place.told() == [
        "session",
        "start",
        *["value"] * 7,
        "publish",
        "pin",
        "end",
    ]
    (session,) = place.of("session")
    assert session["root"] == session["workspace"] == session["cwd"] == str(place.root)
    assert (session["v"], session["notebook"], session["kernel"]) == (2, None, None)
    assert session["argv"] == ["program.py"]
    (start,), (publish,) = place.of("start"), place.of("publish")
    (block,) = read_text(str(publish["block"]))
    assert start["id"] == publish["id"] == block.id
    assert start["description"] == "first"
    assert (publish["mode"], publish["cell"], publish["count"]) == ("script", None, None)
    assert isinstance(publish["duration_ns"], int)
    said = [(value["kind"], value["key"], value["text"]) for value in place.of("value")]
    assert said == [
        ("input", "in.csv", None),
        ("parameter", "lr", "0.1"),
        ("metric", "loss", "None"),
        ("label", "é", "☃"),
        ("output", "out.bin", None),
        ("error", None, "bad"),
        ("description", None, "second"),
    ]


def test_the_block_is_journaled_before_it_is_shown(place: Place) -> None:
    """G2: a run that is known to the user is known to us."""
    result = place.run("""
        import dotscience as ds
        class Torn:
            def write(self, text): raise KeyboardInterrupt
        try: ds.publish(stream=Torn())
        except KeyboardInterrupt: print("passed")
    """)
    assert result.stdout.endswith("passed\n")
    assert place.told()[-2:] == ["publish", "end"]


def test_an_unpublished_run_is_silent_and_kept(place: Place) -> None:
    result = place.run("import dotscience as ds; ds.start('x'); ds.metric('a', 1)")
    assert (result.stdout, result.stderr) == ("", "")
    assert place.told() == ["session", "start", "series", "points", "end"]


def test_start_drops_what_was_not_published(place: Place) -> None:
    place.run("import dotscience as ds; ds.start(); ds.start(); ds.publish(); ds.start()")
    assert place.told()[:4] == ["session", "start", "drop", "start"]
    (drop,), starts = place.of("drop"), place.of("start")
    assert drop["id"] == starts[0]["id"]
    assert place.of("publish")[0]["id"] == starts[1]["id"]
    assert len({start["id"] for start in starts}) == 3


def test_a_run_that_goes_on_says_again_what_it_holds(place: Place) -> None:
    place.run(
        "import dotscience as ds; ds.start(); ds.metric('a', 1); ds.publish(); ds.metric('b', 2)"
    )
    last = place.of("start")[-1]["id"]
    said = {value["key"]: value["text"] for value in place.of("value") if value["id"] == last}
    assert said == {"a": "1"}
    assert [(point.key, point.value) for point in place.points() if point.run == last] == [("b", 2)]


def test_nothing_is_written_before_the_first_call(place: Place) -> None:
    place.run("import dotscience as ds; ds.interactive()")
    assert os.listdir(place.root) == ["program.py"]


def test_disabled(place: Place) -> None:
    result = place.run("import dotscience as ds; ds.start(); ds.publish()", DOTSCIENCE_DISABLE="1")
    assert len(read_text(result.stdout)) == 1
    assert os.listdir(place.root) == ["program.py"]


def test_the_session_lives_as_long_as_its_process(place: Place) -> None:
    process = place.start("""
        import dotscience as ds
        ds.start(); ds.metric("a", 1); print("ready", flush=True); input()
    """)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    (journal,) = place.journals()
    assert is_alive(journal)
    process.communicate("\n", timeout=60)
    assert not is_alive(journal)


def test_each_root_has_its_journal(place: Place) -> None:
    place.run("""
        import os
        import dotscience as ds
        ds.start(); ds.publish()
        os.mkdir("sub"); os.environ["DOTSCIENCE_PROJECT_DOT_ROOT"] = os.path.abspath("sub")
        other = ds.Dotscience(); other.output("x"); other.publish()
    """)
    roots = [session["root"] for session in place.of("session")]
    assert sorted(map(str, roots)) == [str(place.root), str(place.root / "sub")]
    assert {session["workspace"] for session in place.of("session")} == {str(place.root)}


def test_threads_share_one_run(place: Place) -> None:
    result = place.run("""
        import sys, threading
        import dotscience as ds
        sys.setswitchinterval(1e-6)
        ds.start()
        def work(n):
            for i in range(100):
                ds.metric("m%d.%d" % (n, i), i)
        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        [t.start() for t in threads]; [t.join() for t in threads]; ds.publish()
    """)
    (block,) = read_text(result.stdout)
    assert len(block.body["summary"]) == 800
    assert {point.run for point in place.points()} == {block.id}
    assert len(place.points()) == 800


def test_threads_that_publish_get_ids_of_their_own(place: Place) -> None:
    result = place.run("""
        import io, sys, threading
        import dotscience as ds
        sys.setswitchinterval(1e-6)
        out = io.StringIO(); ds.start()
        def work():
            for i in range(50): ds.metric("i", i); ds.publish(stream=out)
        threads = [threading.Thread(target=work) for n in range(4)]
        [t.start() for t in threads]; [t.join() for t in threads]; print(out.getvalue())
    """)
    found = read_text(result.stdout)
    assert len({block.id for block in found}) == 200
    assert {payload["id"] for payload in place.of("publish")} == {block.id for block in found}


def test_forked_children_land_in_the_parents_run(place: Place) -> None:
    result = place.run("""
        import os
        import dotscience as ds
        ds.start("parent"); ds.metric("before", 0)
        for child in range(2):
            if os.fork() == 0:
                ds.metric("child%d" % child, child)
                os._exit(0)
        os.wait(); os.wait()
        ds.metric("after", 1); ds.publish()
    """)
    (block,) = read_text(result.stdout)
    assert {point.run for point in place.points()} == {block.id}
    assert {point.key for point in place.points()} == {"before", "child0", "child1", "after"}
    assert len(place.journals()) == 3
    assert len({session["pid"] for session in place.of("session")}) == 3


def test_a_forked_child_never_takes_or_drops_the_parents_run(place: Place) -> None:
    """Two blocks with one id would be a conflict; a drop would lose the parent's run."""
    result = place.run("""
        import os, sys
        import dotscience as ds
        ds.start("parent")
        for act in (ds.publish, ds.start):
            sys.stdout.flush()
            if os.fork() == 0:
                act("child"); sys.stdout.flush(); os._exit(0)
            os.wait()
        ds.publish("parent")
    """)
    child, parent = read_text(result.stdout)
    assert child.id != parent.id
    assert [child.body["description"], parent.body["description"]] == ["child", "parent"]
    assert parent.id == place.of("start")[0]["id"]
    assert place.of("drop") == []


def test_a_dead_parent_is_dead_though_its_child_lives(place: Place) -> None:
    process = place.start("""
        import os, sys
        import dotscience as ds
        ds.start(); ds.metric("a", 1)
        if os.fork() == 0:
            print("child", flush=True); input(); os._exit(0)
        os.wait()
    """)
    assert process.stdout is not None
    assert process.stdout.readline() == "child\n"
    (journal,) = place.journals()
    process.kill()
    process.wait(60)
    assert not is_alive(journal)
    process.communicate("\n", timeout=60)


def test_a_fork_while_another_thread_records_does_not_hang(place: Place) -> None:
    result = place.run("""
        import os, threading
        import dotscience as ds
        ds.start(); stop = False
        def work():
            while not stop: ds.metric("a", 1)
        thread = threading.Thread(target=work); thread.start()
        codes = []
        for _ in range(30):
            child = os.fork()
            if child == 0:
                ds.metric("b", 1); os._exit(7)
            codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        stop = True; thread.join(); print(set(codes))
    """)
    assert result.stdout == "{7}\n"


def test_multiprocessing_pool(place: Place) -> None:
    result = place.run("""
        import multiprocessing, sys
        import dotscience as ds
        def work(n):
            ds.start(); ds.parameter("n", n); ds.publish(); sys.stdout.flush()
        with multiprocessing.get_context("fork").Pool(2) as pool: pool.map(work, range(6))
    """)
    assert len({block.id for block in read_text(result.stdout)}) == 6
    assert len(place.of("publish")) == 6


def test_a_signal_handler_may_record(place: Place) -> None:
    result = place.run("""
        import signal, threading
        import dotscience as ds
        signal.signal(signal.SIGALRM, lambda *_: ds.metric("tick", 1))
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        ds.start()
        for i in range(20000): ds.metric("i", i)
        signal.setitimer(signal.ITIMER_REAL, 0); ds.publish()
    """)
    assert read_text(result.stdout)[0].body["summary"]["tick"] == "1"


def test_it_works_alone_from_pythonpath(place: Place, tmp_path: Path) -> None:
    """DESIGN §4.3: a kernel of another environment has nothing of ours but a folder on its path."""
    folder = tmp_path / "only"
    folder.mkdir()
    (folder / "dotscience").symlink_to(REPOSITORY / "dotscience")
    code = "import dotscience as ds; ds.start(); ds.publish(); import sys; print(sys.flags.no_site)"
    place.variables["PYTHONPATH"] = str(folder)
    result = place.run(
        "import subprocess, sys\n" + f"subprocess.run([sys.executable, '-S', '-c', {code!r}])"
    )
    assert result.stdout.endswith("1\n")
    assert place.told() == ["session", "start", "publish", "end"]


def test_importing_starts_nothing_and_needs_the_standard_library_only(place: Place) -> None:
    result = place.run("""
        import sys, threading
        before = set(sys.modules)
        import dotscience
        new = {name.partition(".")[0] for name in set(sys.modules) - before}
        print(sorted(new - set(sys.stdlib_module_names)), threading.active_count())
        heavy = {"subprocess", "inspect", "asyncio", "socket", "ssl", "importlib.metadata", "ctypes"}
        print(sorted(heavy & (set(sys.modules) - before)))
    """)
    assert result.stdout == "['dotscience'] 1\n[]\n", sys.version
