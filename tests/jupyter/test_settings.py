"""The user's settings: the file is his, the environment outranks it, the route asks as every other."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tornado.httpclient import HTTPClientError

from dotscience_server.protocol.failure import ApiError
from dotscience_server.settings import UserSettings, edited, parsed
from tests.worker.schemas import check

THEIRS = """# mine
capture = true   # keep it on
other = "x"

[table]
capture = "not ours"
"""


@pytest.fixture
def user(tmp_path: Path) -> UserSettings:
    return UserSettings({"XDG_CONFIG_HOME": str(tmp_path / "config")})


def write(user: UserSettings, text: str) -> None:
    user.path.parent.mkdir(parents=True)
    user.path.write_bytes(text.encode())


def test_without_a_file_sessions_are_recorded(user: UserSettings) -> None:
    found = user.read()
    assert (found.capture, found.mlflow, found.locked) == (True, False, ())
    assert not user.path.exists()


def test_what_is_set_stays(user: UserSettings) -> None:
    assert user.write({"capture": False, "mlflow": True}).body() == {
        "capture": False,
        "mlflow": True,
        "locked": [],
    }
    assert (user.read().capture, user.read().mlflow) == (False, True)
    assert user.write({"capture": True}).capture
    assert user.read().mlflow


def test_the_rest_of_the_file_stays(user: UserSettings) -> None:
    write(user, THEIRS)
    user.write({"capture": False, "mlflow": True})
    assert user.path.read_text() == "mlflow = true\n" + THEIRS.replace("= true ", "= false ")


def test_nothing_to_change_writes_nothing(user: UserSettings) -> None:
    user.write({"capture": True, "mlflow": False})
    assert not user.path.exists()


@pytest.mark.parametrize(
    "text",
    [
        "rules = [\n[1],\n]\ncapture = true\n",
        'text = """\ncapture = true\n"""\ncapture = true\n',
        '"capture" = true\r\nx = 1\r\n',
        "[t]\nx = 1",
        "capture=true#c",
    ],
)
def test_only_our_keys_change(text: str) -> None:
    """A law: the edited text says what the text said, but for the key that was set."""
    for value in (True, False):
        assert parsed(edited(text, {"capture": value})) == {**parsed(text), "capture": value}
    assert edited(edited(text, {"capture": False}), {"capture": True}).endswith(text[-5:])


@given(
    st.dictionaries(st.sampled_from(["a", "capture", "b", "mlflow"]), st.booleans()),
    st.lists(st.sampled_from(["# note", "", "  # capture = 1"]), max_size=3),
    st.booleans(),
)
def test_edits_of_many_files(said: dict[str, bool], notes: list[str], value: bool) -> None:
    lines = [*notes, *(f"{name} = {str(one).lower()}" for name, one in said.items()), "[capture_t]"]
    text = "\n".join(lines)
    assert parsed(edited(text, {"mlflow": value})) == {**parsed(text), "mlflow": value}
    for note in notes:
        assert note in edited(text, {"mlflow": value})


@pytest.mark.parametrize("text", ["capture = ", 'capture = "no"', "capture = 1"])
def test_a_file_that_cannot_be_read_turns_it_off(user: UserSettings, text: str) -> None:
    write(user, text)
    found = user.read()
    assert (found.capture, found.mlflow) == (False, False)
    assert str(user.path) in str(found.problem)


def test_a_damaged_file_is_not_written_over(user: UserSettings) -> None:
    write(user, "capture = \nother = 1")
    with pytest.raises(ApiError) as refused:
        user.write({"capture": True})
    assert refused.value.code == "settings-refused"
    assert user.path.read_text() == "capture = \nother = 1"


def test_a_wrong_value_is_set_right(user: UserSettings) -> None:
    write(user, 'capture = "no"  # hm\n')
    assert user.write({"capture": True}).capture
    assert user.path.read_text() == "capture = true  # hm\n"


def test_the_environment_outranks_the_file(tmp_path: Path) -> None:
    user = UserSettings({"XDG_CONFIG_HOME": str(tmp_path), "DOTSCIENCE_CAPTURE": "0"})
    write(user, "capture = true\n")
    assert user.read().body() == {"capture": False, "mlflow": False, "locked": ["capture"]}
    with pytest.raises(ApiError, match="DOTSCIENCE_CAPTURE decides capture"):
        user.write({"capture": True})
    assert user.write({"capture": False, "mlflow": True}).mlflow


def test_mode_and_link_of_the_file_stay(user: UserSettings, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text("capture = true\n")
    real.chmod(0o640)
    user.path.parent.mkdir(parents=True)
    user.path.symlink_to(real)
    user.write({"capture": False})
    assert user.path.is_symlink()
    assert real.read_text() == "capture = false\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert not list(tmp_path.rglob(".config-*"))


async def test_the_route(api: Any, tmp_path: Path) -> None:
    first = await api("settings")
    check("settings", first)
    assert first == {"capture": True, "mlflow": False, "locked": []}
    answer = await api("settings", "PUT", {"capture": False, "unknown": 1})
    check("settings", answer)
    assert not answer["capture"]
    assert (await api("settings")) == answer
    kept = tmp_path / "xdg-config" / "dotscience" / "config.toml"
    assert kept.read_text() == "capture = false\n"


@pytest.mark.parametrize("body", ["[]", '{"capture": 1}', '"x"', "{"])
async def test_what_the_route_refuses(jp_fetch: Any, body: str) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await jp_fetch("dotscience/api/settings", method="PUT", body=body)
    assert refused.value.code == 400
    assert json.loads(refused.value.response.body)["code"] == "bad-request"


async def test_a_locked_one_is_told(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "DOTSCIENCE_MLFLOW", "1")
    assert (await api("settings"))["locked"] == ["mlflow"]
    with pytest.raises(HTTPClientError) as refused:
        await api("settings", "PUT", {"mlflow": False})
    assert json.loads(refused.value.response.body)["code"] == "settings-refused"
