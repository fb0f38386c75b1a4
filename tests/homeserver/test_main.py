"""`python -m homeserver` as a person runs it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.synapse import Synapse

pytestmark = pytest.mark.e2e


def test_check_says_that_what_was_rendered_can_be_run(tmp_path: Path) -> None:
    checked = Synapse(tmp_path).homeserver("check")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "can be run" in checked.stdout


def test_check_names_what_synapse_itself_does_not_accept(tmp_path: Path) -> None:
    synapse = Synapse(tmp_path)
    config = tmp_path / "homeserver" / "homeserver.yaml"
    config.write_text(config.read_text() + "max_upload_size: lots\n")
    checked = synapse.homeserver("check")
    assert checked.returncode == 1
    assert "Error in configuration" in checked.stderr or "lots" in checked.stderr


def test_check_names_options_of_the_module(tmp_path: Path) -> None:
    synapse = Synapse(tmp_path)
    config = tmp_path / "homeserver" / "homeserver.yaml"
    config.write_text(config.read_text().replace("appservice_url: http://127.0.0.1", "appservice_url: 127.0.0.1"))
    checked = synapse.homeserver("check")
    assert checked.returncode == 1
    assert "appservice_url" in checked.stderr


def test_run_before_render_says_what_is_missing(tmp_path: Path) -> None:
    synapse = Synapse(tmp_path)
    (tmp_path / "homeserver" / "homeserver.yaml").unlink()
    ran = synapse.homeserver("run")
    assert ran.returncode == 1
    assert "python -m homeserver render" in ran.stderr


def test_settings_that_changed_since_rendering_are_mentioned(tmp_path: Path) -> None:
    synapse = Synapse(tmp_path)
    synapse.environment["CHAPERONE_HOMESERVER_PORT"] = "1"
    rendered = synapse.homeserver("render")
    assert rendered.returncode == 0
    assert "homeserver.yaml: listeners" in rendered.stdout


def test_every_fault_in_the_settings_is_told(tmp_path: Path) -> None:
    synapse = Synapse(tmp_path)
    synapse.environment |= {"CHAPERONE__HOMESERVER__PORT": "x", "CHAPERONE__MATRIX__COLOUR": "green"}
    rendered = synapse.homeserver("render")
    assert rendered.returncode == 1
    assert "homeserver.port" in rendered.stderr
    assert "matrix.colour" in rendered.stderr


def test_a_synapse_that_does_not_start_fails_the_test_with_its_log(tmp_path: Path) -> None:
    synapse = Synapse(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", synapse.port))
        taken.listen()
        with pytest.raises(AssertionError, match="did not start"):
            synapse.start()


def test_a_killed_synapse_carries_on_with_the_same_data(tmp_path: Path) -> None:
    synapse = Synapse(tmp_path)
    synapse.start()
    synapse.kill()
    synapse.start()
    synapse.stop()
    assert not synapse.is_running
    assert synapse.secret("demo_password") not in synapse.log.read_text()


def test_its_database_is_nobody_elses_to_read(synapse: Synapse) -> None:
    database = synapse.data / "homeserver" / "homeserver.db"
    assert database.stat().st_mode & 0o077 == 0
