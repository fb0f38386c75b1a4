from __future__ import annotations

from pathlib import Path

import pytest

from bots.health import ALIVE_SECONDS, ReadyFile, explain_ill_health

NOW = 1_000_000.0


def test_robots_that_beat_and_are_ready_are_well(tmp_path: Path) -> None:
    ReadyFile(tmp_path / "bots" / "ready.json").write({"a": True}, NOW)
    assert explain_ill_health(tmp_path / "bots" / "ready.json", NOW + ALIVE_SECONDS) is None


def test_without_a_file_nothing_runs(tmp_path: Path) -> None:
    file = ReadyFile(tmp_path / "ready.json")
    file.write({"a": True}, NOW)
    file.remove()
    file.remove()
    assert explain_ill_health(tmp_path / "ready.json", NOW) == "the robots do not run"


def test_an_old_beat_is_no_life(tmp_path: Path) -> None:
    ReadyFile(tmp_path / "ready.json").write({"a": True}, NOW)
    assert "no sign of life" in str(explain_ill_health(tmp_path / "ready.json", NOW + ALIVE_SECONDS + 1))


def test_who_waits_is_named(tmp_path: Path) -> None:
    ReadyFile(tmp_path / "ready.json").write({"a": True, "b": False}, NOW)
    assert explain_ill_health(tmp_path / "ready.json", NOW) == "waiting to log in: b"


@pytest.mark.parametrize("content", ["", "[]", '{"beat": "soon"}'])
def test_a_file_of_any_other_shape_is_no_life(tmp_path: Path, content: str) -> None:
    (tmp_path / "ready.json").write_text(content)
    assert explain_ill_health(tmp_path / "ready.json", NOW)
