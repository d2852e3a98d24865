"""``ds.start(resume=ID)``: an interrupted or published run goes on (facts: one id, a later block)."""

from __future__ import annotations

from dotscience._block import read_text
from tests.library.programs import Place

CUT = """
import os, signal
import dotscience as ds
os.makedirs("sub", exist_ok=True)
ds.start("long training")
ds.parameter("lr", 0.1); ds.label("who", "me"); ds.input("data.csv"); ds.output("sub/model.bin")
for i in range(5): ds.metric("loss", 1 / (i + 1))
print(ds._defaultDS._running_id(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_an_interrupted_run_goes_on(place: Place) -> None:
    id = place.run(CUT).stdout.strip()
    result = place.run(f"""
        import dotscience as ds
        ds.start(resume={id[:8]!r})
        assert ds._defaultDS._running_id() == {id!r}
        ds.metric("loss", 0.01, step=5); ds.parameter("epochs", 9)
        ds.publish()
    """)
    assert result.stderr == ""
    (block,) = read_text(result.stdout)
    assert block.id == id
    assert block.body["description"] == "long training"
    assert block.body["parameters"] == {"lr": "0.1", "epochs": "9"}
    assert block.body["labels"] == {"who": "me"}
    assert block.body["summary"] == {"loss": "0.01"}
    assert (block.body["input"], block.body["output"]) == (["data.csv"], ["sub/model.bin"])
    assert [start.get("resume") for start in place.of("start")] == [None, True]
    (publish,) = place.of("publish")
    assert publish["resumed"] is True
    assert [p.step for p in place.points() if p.run == id] == [0, 1, 2, 3, 4, 5]


def test_a_published_run_goes_on_and_is_done_then(place: Place) -> None:
    result = place.run("""
        import dotscience as ds
        ds.start("one"); ds.metric("a", 1); id = ds._defaultDS._running_id(); ds.publish()
        ds.start("renamed", resume=id); ds.metric("b", 2); ds.publish()
        ds.publish()
    """)
    one, again, another = read_text(result.stdout)
    assert one.id == again.id != another.id
    assert again.body["description"] == "renamed"
    assert again.body["summary"] == {"a": "1", "b": "2"}
    assert [publish.get("resumed") for publish in place.of("publish")] == [None, True, None]


def test_the_run_of_this_process_goes_on(place: Place) -> None:
    result = place.run("""
        import dotscience as ds
        ds.start("one"); ds.metric("a", 1); ds.start(resume=ds._defaultDS._running_id()); ds.publish()
    """)
    (block,) = read_text(result.stdout)
    assert block.body["summary"] == {"a": "1"}
    assert "drop" not in place.told()


def test_what_is_no_run_is_said_and_changes_nothing(place: Place) -> None:
    other = place.start(
        "import dotscience as ds; ds.start(); print(ds._defaultDS._running_id(), flush=True); input()"
    )
    assert other.stdout is not None
    alive = other.stdout.readline().strip()
    result = place.run(f"""
        import dotscience as ds
        ds.start("mine"); ds.metric("a", 1)
        for id in ("ffffffff", "", {alive!r}):
            try: ds.start(resume=id)
            except LookupError as error: print(error)
        ds.publish()
    """)
    other.communicate("\\n", timeout=60)
    (block,) = read_text(result.stdout)
    assert block.body["summary"] == {"a": "1"}
    assert result.stdout.count("no run ") == 2
    assert result.stdout.count("still going on") == 1
