from __future__ import annotations

from pathlib import Path

import pytest

from bots.config import load_settings
from bots.errors import SettingsFaults


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHAPERONE_DATA", str(tmp_path))
    for name in ("CHAPERONE_CONFIG", "CHAPERONE_HOMESERVER_PORT"):
        monkeypatch.delenv(name, raising=False)


def faults() -> tuple[str, ...]:
    with pytest.raises(SettingsFaults) as raised:
        load_settings()
    return raised.value.faults


def write(tmp_path: Path, text: str) -> None:
    (tmp_path / "chaperone.yaml").write_text(text, encoding="utf-8")


def test_the_defaults_are_those_of_one_machine(tmp_path: Path) -> None:
    settings = load_settings()
    assert settings.matrix.homeserver_url == "http://127.0.0.1:8008"
    assert settings.matrix.bot_id == "@chaperone:localhost"
    assert settings.matrix.policy_alias == "#chaperone-policy:localhost"
    assert settings.bots.secret_file == tmp_path / "secrets" / "robots_secret"
    assert settings.bots.ready_file == tmp_path / "bots" / "ready.json"


def test_the_port_of_a_second_copy_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAPERONE_HOMESERVER_PORT", "9008")
    assert load_settings().matrix.homeserver_url == "http://127.0.0.1:9008"


def test_the_environment_wins_over_the_file_and_the_neighbours_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "matrix: {server_name: chat.example}\nbots: {deadline_seconds: 5}\nhomeserver: {port: 1}\n")
    monkeypatch.setenv("CHAPERONE__BOTS__DEADLINE_SECONDS", "7")
    settings = load_settings()
    assert (settings.matrix.server_name, settings.bots.deadline_seconds) == ("chat.example", 7)


def test_user_ids_are_lower_case() -> None:
    assert load_settings().matrix.user_id("iStackBuddy.Forms") == "@istackbuddy.forms:localhost"


def test_every_fault_is_told_and_names_its_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "bots: {deadline: 5, answers_at_once: 0}\nmatrix: {homeserver_url: ftp://x}\n")
    monkeypatch.setenv("CHAPERONE__BOTS__LOG_FORMAT", "verse")
    told = "\n".join(faults())
    for option in ("bots.deadline", "bots.answers_at_once", "bots.log_format", "matrix.homeserver_url"):
        assert f"{option}: " in told


@pytest.mark.parametrize("port", ["x", "-1", "123456"])
def test_a_port_that_is_none_is_a_fault(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAPERONE_HOMESERVER_PORT", port)
    assert faults()[0].startswith("matrix.homeserver_url: ")


@pytest.mark.parametrize("text", ["[1]", "matrix: {", "\x00"])
def test_a_file_that_is_no_settings_is_a_fault(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    assert "chaperone.yaml" in faults()[0]


def test_a_named_file_has_to_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAPERONE_CONFIG", str(tmp_path / "none.yaml"))
    assert "CHAPERONE_CONFIG" in faults()[0]
