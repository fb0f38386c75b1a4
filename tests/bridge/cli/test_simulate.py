"""`chaperone simulate`, as an admin runs it."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from bridge.cli.main import app


def test_an_admin_sees_how_long_guests_of_a_day_waited_and_gets_a_picture(tmp_path: Path) -> None:
    picture = tmp_path / "day.png"
    arguments = ["simulate", "--guests", "3", "--employees", "3", "--hours", "1", "--chart", str(picture)]
    result = CliRunner().invoke(app, arguments, env={"CHAPERONE_DATA": str(tmp_path)})
    assert result.exit_code == 0, result.output
    assert "until an employee took it" in result.output
    assert "no promise was broken" in result.output
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_settings_that_are_wrong_are_named_before_the_day_begins(tmp_path: Path) -> None:
    environ = {"CHAPERONE_DATA": str(tmp_path), "CHAPERONE__DESK__SILENCE_MINUTES": "-1"}
    result = CliRunner().invoke(app, ["simulate"], env=environ)
    assert result.exit_code == 2
