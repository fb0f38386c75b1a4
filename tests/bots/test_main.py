from __future__ import annotations

from pathlib import Path

import pytest

from bots.__main__ import choose_robots, load_secret, main
from bots.config import BotsSettings, MatrixSettings, Settings
from bots.errors import SettingsFaults
from bots.registry import ROBOTS


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHAPERONE_DATA", str(tmp_path))
    monkeypatch.delenv("CHAPERONE_CONFIG", raising=False)
    (tmp_path / "secrets").mkdir()
    return tmp_path


def test_check_says_what_would_run(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "secrets" / "robots_secret").write_text("secret\n")
    assert main(["check"]) == 0
    said = capsys.readouterr().out
    assert "@istackbuddy.forms.diagnostics:localhost" in said
    assert "secret\n" not in said
    assert "AI endpoint: none\nvendor’s API: no token\n" in said


def test_check_says_what_is_missing(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 2
    assert capsys.readouterr().err.startswith("bots.robots_secret_file: ")


def test_alive_tells_by_its_exit_code(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alive"]) == 1
    assert capsys.readouterr().out == "the robots do not run\n"


def test_an_empty_secret_is_none(data: Path) -> None:
    (data / "secrets" / "robots_secret").write_text(" \n")
    with pytest.raises(SettingsFaults):
        load_secret(Settings(bots=BotsSettings(data=data)))


def test_robots_are_chosen_by_name_whatever_its_capitals() -> None:
    settings = Settings(bots=BotsSettings(robots=("istackbuddy.FORMS.diagnostics",)))
    assert [robot.name for robot in choose_robots(settings, ROBOTS)] == ["iStackBuddy.forms.diagnostics"]


def test_a_robot_that_there_is_not_is_a_fault() -> None:
    with pytest.raises(SettingsFaults, match="there is no “Marvin”"):
        choose_robots(Settings(bots=BotsSettings(robots=("Marvin",))), ROBOTS)


def test_robots_in_development_run_only_where_they_are_shown() -> None:
    hidden = {robot.name for robot in choose_robots(Settings(), ROBOTS)}
    shown = {robot.name for robot in choose_robots(Settings(matrix=MatrixSettings(development_robots=True)), ROBOTS)}
    assert hidden == {"iStackBuddy.forms.diagnostics"}
    assert shown - hidden == {f"iStackBuddy.{product}.jokes" for product in ("docs", "fsid", "stream", "sign")}


def test_names_of_robots_are_told_apart_without_capitals() -> None:
    assert len({robot.name.casefold() for robot in ROBOTS}) == len(ROBOTS)
