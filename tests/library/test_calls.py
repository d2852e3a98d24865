"""What the calls record, return, print and raise (facts/original.md §1.3 to §1.7, §17)."""

from __future__ import annotations

import io
import json
import os
import types
from pathlib import Path
from typing import Any

import pytest

import dotscience
from dotscience._block import Block, read_text

LINE = "You have not called ds.start() yet, so I'm doing it for you!\n"


@pytest.fixture
def ds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A fresh object in an empty workspace."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("DOTSCIENCE_PROJECT_DOT_ROOT", "DOTSCIENCE_WORKLOAD_TYPE"):
        monkeypatch.delenv(name, raising=False)
    return dotscience.Dotscience()


def published(ds: Any, *args: Any) -> dict[str, Any]:
    """Publish and return what the block holds."""
    stream = io.StringIO()
    assert ds.publish(*args, stream=stream) is None
    text = stream.getvalue()
    (block,) = read_text(text)
    assert isinstance(block, Block)
    assert text == block.text + "\n"
    decoded: dict[str, Any] = json.loads(block.text.split("]]", 1)[1].rsplit("[[", 1)[0])
    return decoded


def library(name: str, **attributes: object) -> types.ModuleType:
    module = types.ModuleType(name)
    vars(module).update(attributes)
    return module


SAMPLES = [(True, "True"), (None, "None"), (1e-7, "1e-07"), (0.1 + 0.2, "0.30000000000000004")]
SAMPLES += [([1, 2], "[1, 2]"), ({"a": 1}, "{'a': 1}"), (float("nan"), "nan"), (b"x", "b'x'")]


@pytest.mark.parametrize(("value", "text"), SAMPLES)
@pytest.mark.parametrize(
    ("call", "key"), [("metric", "summary"), ("parameter", "parameters"), ("label", "labels")]
)
def test_values_are_returned_untouched_and_recorded_as_text(
    ds: Any, call: str, key: str, value: object, text: str
) -> None:
    assert getattr(ds, call)(1, value) is value
    assert published(ds)[key] == {"1": text}


def test_keywords_come_before_pairs(ds: Any) -> None:
    ds.add_labels("a", "pos", a="kw", label=1, value=2)
    assert published(ds)["labels"] == {"a": "pos", "label": "1", "value": "2"}


@pytest.mark.parametrize("call", ["add_labels", "add_metrics", "add_parameters", "add_summaries"])
def test_an_odd_count_raises_with_the_earlier_ones_kept(ds: Any, call: str) -> None:
    with pytest.raises(ValueError, match=r"not enough values to unpack \(expected 2, got 1\)"):
        getattr(ds, call)("a", 1, "b", k=2)
    kept = published(ds)
    assert {"k": "2", "a": "1"} in (kept["labels"], kept["summary"], kept["parameters"])


@pytest.mark.parametrize("call", ["end", "add_inputs", "add_labels", "debug", "publish"])
def test_the_first_call_starts_and_says_so(
    ds: Any, call: str, capsys: pytest.CaptureFixture[str]
) -> None:
    getattr(ds, call)()
    assert capsys.readouterr().out.startswith(LINE)
    getattr(ds, call)()
    assert LINE not in capsys.readouterr().out


def test_descriptions(ds: Any) -> None:
    ds.start(3)
    assert published(ds)["description"] == "3"
    ds.set_description(None)
    assert published(ds)["description"] == "None"
    assert published(ds, "")["description"] == ""
    ds.start()
    assert "description" not in published(ds)


def test_an_empty_error_counts(ds: Any) -> None:
    assert ds.error("") == ""
    assert published(ds)["error"] == ""


def test_what_was_recorded_stays_until_start(ds: Any) -> None:
    ds.metric("a", 1)
    first, second = published(ds), published(ds)
    assert first["summary"] == second["summary"] == {"a": "1"}
    ds.start()
    assert published(ds)["summary"] == {}


def test_only_the_first_end_counts(ds: Any) -> None:
    ds.start()
    ds.end()
    end = ds.currentRun._end
    ds.end()
    assert ds.currentRun._end is end


def test_start_twice_on_a_run_raises() -> None:
    run = dotscience.Run("/x")
    run.start()
    with pytest.raises(RuntimeError, match=r"Run\.start\(\) has been called more than once"):
        run.start()
    run.forget_times()
    run.start()
    assert str(run).startswith("[[DOTSCIENCE-RUN:None]]{")


def test_modes_exclude_each_other_in_the_originals_words(ds: Any) -> None:
    ds.interactive()
    ds.interactive()
    text = (
        "An attempt was mode to select script mode for the Dotscience Python Library "
        "when it was in interactive mode"
    )
    with pytest.raises(RuntimeError) as raised:
        ds.script()
    assert str(raised.value) == text
    assert "workload-file" not in published(ds)


def test_script_names_its_workload(ds: Any) -> None:
    ds.script("sub/../train.py")
    assert published(ds)["workload-file"] == "train.py"
    with pytest.raises(ValueError, match="no path specified"):
        ds.script("")


def test_the_detected_mode_sticks(ds: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOTSCIENCE_WORKLOAD_TYPE", "other")
    assert "workload-file" not in published(ds)
    monkeypatch.setenv("DOTSCIENCE_WORKLOAD_TYPE", "command")
    assert "workload-file" in published(ds)
    with pytest.raises(RuntimeError):
        ds.interactive()


def test_connect_needs_a_project_and_records_here(
    ds: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Exception, match=r"Please specify a project name as the third argument to"):
        ds.connect("u", "k", "", "")
    ds.interactive()
    ds.metric("kept", 1)
    ds.connect("u", "k", "p", "https://hub")
    assert published(ds)["summary"] == {"kept": "1"}
    assert "comes with the Dotscience hub" in capsys.readouterr().out
    with pytest.raises(RuntimeError):
        ds.script()


def test_models_of_any_library(ds: Any) -> None:
    path = Path("m.pkl")
    assert ds.model(library("torch", __version__="2.1"), "net", path, classes="c.json") is path
    ds.add_model(library("mine"), "plain", "p")
    ds.model(library("odd", __version__=(1, 2)), "odd", "o")
    run = published(ds)
    assert run["labels"] == {
        "artefact:net": '{"files":{"classes":"c.json","model":"m.pkl"},'
        '"type":"torch-model","version":"2.1"}',
        "artefact:plain": '{"files":{"model":"p"},"type":"mine-model","version":null}',
        "artefact:odd": '{"files":{"model":"o"},"type":"odd-model","version":[1,2]}',
    }
    assert run["output"] == ["c.json", "m.pkl", "o", "p"]


def test_what_is_no_module_is_no_model(ds: Any) -> None:
    with pytest.raises(RuntimeError, match="Unknown model type None"):
        ds.model("sklearn", "n", "p")


def test_folders(ds: Any, tmp_path: Path) -> None:
    (tmp_path / "in/sub").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "in/.hidden").touch()
    (tmp_path / "in/sub/x").touch()
    ds.add_inputs("in", "missing", "../outside")
    ds.add_outputs("out", Path("in"))
    (tmp_path / "in/later").touch()
    (tmp_path / "out/y").touch()
    run = published(ds)
    assert run["input"] == ["../outside", "in/.hidden", "in/sub/x", "missing"]
    assert run["output"] == ["in/.hidden", "in/later", "in/sub/x", "out/y"]


def test_odd_paths_are_those_of_the_original(ds: Any, tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    ds.add_outputs(".", "s3://bucket/key", b"bytes", None)
    assert published(ds)["output"] == ["./f", "None", "b'bytes'", "s3:/bucket/key"]
    with pytest.raises(ValueError, match="no path specified"):
        ds.input("")
    with pytest.raises(TypeError):
        ds.input(None)


def test_the_root_is_the_folder_at_import_or_the_variable(
    ds: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    ds.output("x")
    assert published(ds)["output"] == ["sub/x"]
    monkeypatch.setenv("DOTSCIENCE_PROJECT_DOT_ROOT", str(tmp_path))
    other = dotscience.Dotscience()
    other.output("x")
    assert published(other)["output"] == ["sub/x"]


def test_a_deleted_folder_is_no_reason_to_raise(
    ds: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G1."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    ds.output("x")
    assert published(ds)["output"] == ["x"]
    dotscience.Dotscience().start()
    os.chdir(tmp_path)


def test_an_explicit_stream_raises_what_it_raises(ds: Any) -> None:
    with pytest.raises(AttributeError):
        ds.publish(stream=None)
