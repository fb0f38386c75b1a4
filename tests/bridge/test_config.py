from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from bridge.config import OTHERS, Settings, load_settings
from bridge.errors import BadSettings
from homeserver.settings import SECTIONS
from policies.names import Audience


def faults_of(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(BadSettings) as raised:
        load_settings(environ)
    return raised.value.faults


def write(tmp_path: Path, text: str) -> dict[str, str]:
    (tmp_path / "chaperone.yaml").write_text(text, encoding="utf-8")
    return {"CHAPERONE_DATA": str(tmp_path)}


def test_the_defaults_listen_on_this_machine_only() -> None:
    settings = load_settings({})
    assert (settings.bridge.bind, settings.bridge.port) == ("127.0.0.1", 8090)
    assert (settings.bridge.appservice_bind, settings.bridge.appservice_port) == ("127.0.0.1", 8091)
    assert settings.matrix.homeserver_url == "http://127.0.0.1:8008"
    assert settings.bridge.public_url == "http://localhost:8090"
    assert settings.bridge.database_url == "sqlite+aiosqlite:///var/bridge/bridge.db"
    assert settings.bridge.as_token_file == Path("var/secrets/as_token")
    assert settings.demo.enabled is False
    assert settings == Settings()


def test_a_robot_for_forms_is_brought_in_from_the_start() -> None:
    (robot,) = load_settings({}).robots
    assert (robot.localpart, robot.audience, robot.brought_in) == (
        "istackbuddy.forms.diagnostics",
        Audience.STAFF,
        True,
    )


def test_robots_in_development_are_there_only_if_they_are_to_be_shown() -> None:
    shown = load_settings({"CHAPERONE__MATRIX__DEVELOPMENT_ROBOTS": "1"}).robots
    assert [robot.localpart for robot in shown if robot.development] == [
        "istackbuddy.docs.jokes",
        "istackbuddy.fsid.jokes",
        "istackbuddy.stream.jokes",
        "istackbuddy.sign.jokes",
    ]


def test_ids_are_built_from_the_server_name() -> None:
    matrix = load_settings({"CHAPERONE__MATRIX__SERVER_NAME": "example.org"}).matrix
    assert matrix.bot_id == "@chaperone:example.org"
    assert matrix.alias("chaperone-policy") == "#chaperone-policy:example.org"


def test_the_short_names_move_a_second_copy_elsewhere(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "CHAPERONE_DATA": str(tmp_path),
            "CHAPERONE_PORT": "9090",
            "CHAPERONE_APPSERVICE_PORT": "9091",
            "CHAPERONE_HOMESERVER_PORT": "9008",
        }
    )
    assert (settings.bridge.port, settings.bridge.appservice_port) == (9090, 9091)
    assert settings.matrix.homeserver_url == "http://127.0.0.1:9008"
    assert settings.bridge.public_url == "http://localhost:9090"
    assert settings.bridge.database_url == f"sqlite+aiosqlite:///{tmp_path}/bridge/bridge.db"
    assert settings.bridge.jwt_private_file == tmp_path / "secrets" / "jwt_private.pem"


def test_the_environment_wins_over_the_file_and_the_long_name_over_the_short(tmp_path: Path) -> None:
    environ = write(tmp_path, "bridge: {port: 1, appservice_port: 2, bind: 127.0.0.3}")
    environ |= {"CHAPERONE_PORT": "3", "CHAPERONE_APPSERVICE_PORT": "4", "CHAPERONE__BRIDGE__PORT": "5"}
    bridge = load_settings(environ).bridge
    assert (bridge.port, bridge.appservice_port, bridge.bind) == (5, 4, "127.0.0.3")


def test_the_sections_of_homeserver_and_robots_are_left_alone(tmp_path: Path) -> None:
    environ = write(tmp_path, "homeserver: {whatever: 1}\nbots: 7\ndemo:\n")
    assert load_settings(environ | {"CHAPERONE__BOTS__X": "y"}).demo.enabled is False


def test_all_faults_are_reported_together_each_naming_its_option(tmp_path: Path) -> None:
    environ = write(tmp_path, "bridge: {prot: 1}\ngatway: {}\ngateway: {max_frame: many}\nmatrix: {homeserver_url: x}")
    environ |= {"CHAPERONE_PORT": "eighty", "CHAPERONE__DEKS__X": "1", "CHAPERONE__DEMO__ENABLD": "true"}
    faults = faults_of(environ)
    assert [fault.partition(": ")[0] for fault in faults] == [
        "deks",
        "gatway",
        "matrix.homeserver_url",
        "bridge.port (CHAPERONE_PORT)",
        "bridge.prot",
        "gateway.max_frame",
        "demo.enabld",
    ]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("CHAPERONE__BRIDGE__PORT", "0"),
        ("CHAPERONE__BRIDGE__PORT", "65536"),
        ("CHAPERONE__BRIDGE__BIND", "0.0.0.0"),
        ("CHAPERONE__BRIDGE__DATABASE_URL", "mysql://x"),
        ("CHAPERONE__BRIDGE__PUBLIC_URL", "ftp://x"),
        ("CHAPERONE__MATRIX__SERVER_NAME", "two words"),
        ("CHAPERONE__ACCOUNTS__TOKEN_MINUTES", "0"),
        ("CHAPERONE__DESK__MESSAGE_MAX", "60000"),
        ("CHAPERONE__DESK__ROBOTS", "not json"),
        ("CHAPERONE__DESK__ROBOTS", '[{"name": "A"}, {"name": "a"}]'),
        ("CHAPERONE__DESK__ROBOTS", '[{"name": "A", "kind": 1}]'),
        ("CHAPERONE__BRIDGE", "7"),
        ("CHAPERONE__DEMO__ENABLED", "perhaps"),
    ],
)
def test_a_value_that_cannot_be_is_a_fault(option: str, value: str) -> None:
    (fault,) = faults_of({option: value})
    assert option.split("__")[1].lower() in fault


def test_a_fault_does_not_repeat_the_value_which_may_be_a_password() -> None:
    (fault,) = faults_of({"CHAPERONE__BRIDGE__DATABASE_URL": "mysql://me:hunter2@x"})
    assert "hunter2" not in fault


def test_the_password_in_a_database_url_is_not_shown() -> None:
    settings = load_settings({"CHAPERONE__BRIDGE__DATABASE_URL": "postgresql+asyncpg://me:hunter2@x/y"})
    assert "hunter2" not in repr(settings)


def test_every_interface_may_be_named_after_saying_so() -> None:
    environ = {"CHAPERONE__BRIDGE__BIND": "0.0.0.0", "CHAPERONE__BRIDGE__BIND_EVERYWHERE": "true"}
    assert load_settings(environ).bridge.bind == "0.0.0.0"


@pytest.mark.parametrize("text", ["a: [", "- 1", "just text", "\x00"])
def test_a_file_without_sections_is_a_fault(tmp_path: Path, text: str) -> None:
    (fault,) = faults_of(write(tmp_path, text))
    assert str(tmp_path) in fault


def test_an_empty_file_is_none() -> None:
    assert load_settings({}) == Settings()


def test_a_file_that_was_named_has_to_be_there(tmp_path: Path) -> None:
    (fault,) = faults_of({"CHAPERONE_CONFIG": str(tmp_path / "nowhere.yaml")})
    assert "nowhere.yaml" in fault


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        load_settings({}).bridge.port = 1  # type: ignore[misc]  # that it is refused is the point


def test_the_homeserver_knows_every_section_for_somebody_elses() -> None:
    """It reads the same file, and takes a section that it does not know for a fault."""
    assert set(Settings.model_fields) | OTHERS == SECTIONS
