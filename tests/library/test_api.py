"""The public names of 0.8.7 with their parameter names and defaults (facts/original.md §1.2, §17)."""

from __future__ import annotations

import inspect
import json

import pytest

import dotscience as ds
from tests.library.programs import REPOSITORY, Place

VALUE = "(label, value)"
METRIC = "(label, value, step=None)"
MANY = "(*args, **kwargs)"
FILES = "(*filenames)"
MODEL = "(kind, name, *args, **kwargs)"
PUBLISH = "(description=None, stream=<stdout>, build=False, deploy=False)"

FUNCTIONS = {
    "interactive": "()",
    "script": "(workload_file=None)",
    "remote": "()",
    "connect": "(username, apikey, project, hostname='')",
    "start": "(description=None, resume=None)",
    "end": "()",
    "publish": PUBLISH,
    "set_description": "(description)",
    "description": "(description)",
    "set_error": "(error)",
    "error": "(error)",
    "add_input": "(filename)",
    "input": "(filename)",
    "add_inputs": FILES,
    "add_output": "(filename)",
    "output": "(filename)",
    "add_outputs": FILES,
    "add_label": VALUE,
    "label": VALUE,
    "add_labels": MANY,
    "add_metric": METRIC,
    "metric": METRIC,
    "add_metrics": MANY,
    "add_summary": METRIC,
    "summary": METRIC,
    "add_summaries": MANY,
    "add_parameter": VALUE,
    "parameter": VALUE,
    "param": VALUE,
    "add_parameters": MANY,
    "model": MODEL,
    "add_model": MODEL,
    "debug": "()",
    "remove_prefix": "(text, prefix)",
}

#: What the original has not.
NEW = {
    "run": "(description=None, group=None, parameters=None, labels=None)",
    "metrics": "(values, step=None)",
    "steps": "(iterable, label=None)",
    "log": "(key, thing, step=None, caption=None, mime=None)",
}

#: Methods of `Dotscience` that differ from the function of the same name.
METHODS = {
    "script": "(script_path=None)",
    "connect": "(username, apikey, project, hostname)",
    "add_inputs": "(*args)",
    "add_outputs": "(*args)",
}
FUNCTIONS_ONLY = {"param", "remove_prefix"}

RUN_METHODS = {
    "start": "()",
    "lazy_start": "()",
    "end": "()",
    "forget_times": "()",
    "newID": "()",
    "metadata": "()",
    "getModelDir": "()",
    "debug": "()",
    "model": "(module, name, filepath, *args, **kwargs)",
    "add_model": MODEL,
    "add_input_file": "(filename)",
    "add_summaries": MANY,
    "metric": METRIC,
    "summary": METRIC,
}


def signature(function: object) -> str:
    """Parameter names, kinds and defaults, without annotations."""
    given = inspect.signature(function)  # type: ignore[arg-type]
    parts = []
    for parameter in given.parameters.values():
        if parameter.name == "stream":
            parts.append("stream=<stdout>")
        elif parameter.name != "self":
            parts.append(str(parameter.replace(annotation=inspect.Parameter.empty)))
    return "({})".format(", ".join(parts))


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_function(name: str) -> None:
    assert signature(getattr(ds, name)) == FUNCTIONS[name]


@pytest.mark.parametrize("name", sorted(NEW))
def test_new_function(name: str) -> None:
    assert signature(getattr(ds, name)) == NEW[name]
    assert name in ds.__all__
    if name != "run":
        assert signature(getattr(ds.Dotscience, name)) == NEW[name]


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - FUNCTIONS_ONLY))
def test_method_of_dotscience(name: str) -> None:
    assert signature(getattr(ds.Dotscience, name)) == METHODS.get(name, FUNCTIONS[name])


@pytest.mark.parametrize("name", sorted(RUN_METHODS))
def test_method_of_run(name: str) -> None:
    assert signature(getattr(ds.Run, name)) == RUN_METHODS[name]


def test_param_is_a_function_only() -> None:
    assert not hasattr(ds.Dotscience(), "param")


def test_the_default_stream_is_stdout_as_bound_at_import(place: Place) -> None:
    result = place.run("""
        import inspect, sys
        import dotscience as ds
        print(inspect.signature(ds.publish).parameters["stream"].default is sys.stdout)
    """)
    assert result.stdout == "True\n"


def test_every_public_name_is_documented() -> None:
    missing = [
        name for name in {**FUNCTIONS, **NEW} if not (getattr(ds, name).__doc__ or "").strip()
    ]
    assert missing == []


def test_the_version_is_the_distributions() -> None:
    package = json.loads((REPOSITORY / "package.json").read_text())
    assert ds.__version__ == package["version"]


def test_the_constant() -> None:
    assert ds.ENV_DOTSCIENCE_BUILDER == "DOTSCIENCE_BUILDER"
