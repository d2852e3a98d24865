"""Names: what we make and what we take from outside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dotscience_server.zfs import names
from dotscience_server.zfs.names import NameRefused


@pytest.mark.parametrize("name", ["tank", "tank/a b/c.d:e-f_g", "t/" + "x" * 253])
def test_datasets(name: str) -> None:
    assert names.dataset(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-r",
        "1tank",
        "/tank",
        "tank/",
        "tank//a",
        "tank/..",
        "tank/.",
        "tank/ä",
        "tank/a;b",
        "tank/a\n",
        "tank/a@b",
        "tank/a%b",
        "tank ",
        "t/" + "x" * 254,
        "t" + "/x" * 50,
    ],
)
def test_what_is_no_dataset(name: str) -> None:
    with pytest.raises(NameRefused):
        names.dataset(name)


@pytest.mark.parametrize(
    "name", ["tank", "tank@", "@a", "tank@a@b", "tank@a/b", "tank@a#b", "-t@a"]
)
def test_what_is_no_snapshot(name: str) -> None:
    with pytest.raises(NameRefused):
        names.snapshot(name)


@pytest.mark.parametrize("text", ["", "-a", "A", "a_b", "a b", "a\n", "ü", "x" * 41])
def test_what_is_no_label(text: str) -> None:
    with pytest.raises(NameRefused):
        names.own_snapshot("tank/ws", text)


def test_a_snapshot_of_ours() -> None:
    label = "0192f0c4-7a6e-7cc4-b9a1-3a7d1f2b9c11"
    assert names.own_snapshot("tank/ws", label) == f"tank/ws@ds-{label}"
    assert names.short(f"tank/ws@ds-{label}") == f"ds-{label}"
    assert names.pool_of("tank/ws@x") == "tank"


def test_guids_are_64_bits_without_sign() -> None:
    assert names.guid("18446744073709551615") == "18446744073709551615"
    for text in ("18446744073709551616", "-1", "1e3", "", "0x1"):
        with pytest.raises(NameRefused):
            names.guid(text)


@given(st.binary(max_size=300))
def test_values_come_back_and_break_no_list(data: bytes) -> None:
    value = names.to_value(data)
    assert names.from_value(value) == data
    assert value and not set(value) & set("\t\n ,=@")


@given(st.text(max_size=50))
def test_values_of_others_raise_nothing(text: str) -> None:
    assert isinstance(names.from_value(text), bytes | None)
