"""Numbers in text: the one place where the text of a value is read as a number.

The pattern and its meaning stand in ``protocol/README.md``, the vectors in
``protocol/vectors/numbers.json``. TypeScript never parses.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, Union

    Kind = Literal["int", "float", "bool", "none", "text"]
    #: A JSON number; a decimal string beyond ±2^53; "NaN", "Infinity", "-Infinity"; None: no number.
    Number = Union[int, float, str, None]

_INT = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_SPECIAL = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE | re.ASCII)
_WORDS: dict[str, Kind] = {"True": "bool", "False": "bool", "None": "none"}
_EXACT_DIGITS = 15  # every integer of that many digits is below 2^53


def read_value(text: str) -> tuple[Kind, Number]:
    """The kind of a value's text and its number, None where it is no number."""
    if _INT.fullmatch(text):
        return "int", _integer(text)
    if _FLOAT.fullmatch(text) or _SPECIAL.fullmatch(text):
        return "float", json_number(float(text))
    return _WORDS.get(text, "text"), None


def json_number(number: float) -> Number:
    """A float as JSON can hold it: NaN and the infinities as strings."""
    if number != number:
        return "NaN"
    if number in (float("inf"), float("-inf")):
        return "Infinity" if number > 0 else "-Infinity"
    return number


def _integer(text: str) -> int | str:
    # Not by way of int(): Python refuses to convert more than 4,300 digits.
    digits = text.lstrip("+-").lstrip("0") or "0"
    decimal = "-" + digits if text[0] == "-" and digits != "0" else digits
    if len(digits) > _EXACT_DIGITS and (len(digits) > 16 or abs(int(decimal)) > 2**53):
        return decimal
    return int(decimal)
