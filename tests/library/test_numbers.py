"""Numbers in text: the vectors, and laws that hold for any text."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dotscience._numbers import read_value
from tests.library.programs import VECTORS

CASES = json.loads((VECTORS / "numbers.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["text"] or "empty" for case in CASES])
def test_vector(case: dict[str, object]) -> None:
    kind, number = read_value(str(case["text"]))
    assert (kind, number) == (case["kind"], case["number"])
    assert type(number) is type(case["number"])


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_comes_back(value: float) -> None:
    assert read_value(repr(value)) == ("float", value)


@given(st.integers())
def test_an_integer_comes_back(value: int) -> None:
    kind, number = read_value(str(value))
    assert kind == "int"
    assert number == (value if abs(value) <= 2**53 else str(value))


def test_an_integer_of_any_length_comes_back() -> None:
    assert read_value("+" + "9" * 10_000) == ("int", "9" * 10_000)


@given(st.text())
def test_any_text_has_a_kind_and_json_takes_its_number(text: str) -> None:
    kind, number = read_value(text)
    assert (number is None) == (kind in ("bool", "none", "text"))
    assert not isinstance(number, float) or math.isfinite(number)
