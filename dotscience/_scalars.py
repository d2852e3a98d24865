"""A value as the number of a point: of Python's own types, and of arrays and tensors, unimported.

Nothing here raises, whatever the object does. Text, bytes and None are no numbers, though they
could be read as one.
"""

from __future__ import annotations

from dotscience._journal import BOOL, FLOAT32, FLOAT64, INTEGER
from dotscience._numbers import read_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_EXACT = 1 << 53
_LARGEST = 1.7976931348623157e308
_KINDS = {float: FLOAT64, int: INTEGER, bool: BOOL}
#: By the end of a ``dtype``'s name; 16-bit floats fit into 32 bits.
_TYPE_NAMES = (("float32", FLOAT32), ("float16", FLOAT32), ("int", INTEGER), ("bool", BOOL))


def read_scalar(value: Any) -> tuple[int, float] | None:
    """(kind of a point, number), None for what is no number or too large for a float."""
    kind = _KINDS.get(type(value))
    try:
        if kind is not None:
            return kind, float(value)
        return None if value is None or isinstance(value, (str, bytes)) else _foreign(value)
    except Exception:
        return None


def read_step(step: Any) -> float | None:
    """A step as a number, None for what is none or not finite."""
    if type(step) is int and -_EXACT < step < _EXACT:
        return step
    scalar = read_scalar(step)
    if scalar is None or not -_LARGEST <= scalar[1] <= _LARGEST:
        return None
    return scalar[1]


def text_of(value: Any, number: float) -> str:
    """A number's text in the run block: `str`, but for an array or a tensor whose own is none."""
    text = str(value)
    if hasattr(value, "shape") and read_value(text.strip())[0] == "text":
        return repr(_plain(value, number))
    return text


def _foreign(value: Any) -> tuple[int, float] | None:
    """Of a NumPy, torch, jax or TensorFlow scalar, a one-element array, a Fraction, a Decimal."""
    dtype = getattr(value, "dtype", None)
    name = "" if dtype is None else getattr(dtype, "name", None) or str(dtype)
    if "time" in name or "complex" in name:
        return None
    plain = value.item() if hasattr(value, "item") else value
    if plain is None or isinstance(plain, (str, bytes)):
        return None
    number = float(plain)
    for part, kind in _TYPE_NAMES:
        if part in name:
            return kind, number
    if dtype is not None:
        return FLOAT64, number
    return _KINDS.get(type(plain), INTEGER if isinstance(plain, int) else FLOAT64), number


def _plain(value: Any, number: float) -> Any:
    try:
        plain = value.item()
    except Exception:
        return number
    return plain if type(plain) in _KINDS else number
