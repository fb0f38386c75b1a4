from __future__ import annotations

import json

from jsonschema import Draft202012Validator

from tests.bridge.cli.conftest import Shell


def test_every_fault_of_the_settings_is_named_at_once(shell: Shell) -> None:
    wrong = {"CHAPERONE__BRIDGE__PORT": "0", "CHAPERONE__DESK__MESSAGE_MAX": "x", "CHAPERONE__KITCHEN__SINK": "1"}
    checked = shell.run("config", "check", env=wrong)
    assert checked.exit_code == 2
    for option in ("bridge.port", "desk.message_max", "kitchen"):
        assert option in checked.stderr


def test_missing_secrets_are_named(shell: Shell) -> None:
    checked = shell.run("config", "check")
    assert checked.exit_code == 2
    for option in ("as_token_file", "hs_token_file", "module_secret_file", "jwt_private_file"):
        assert option in checked.stderr


def test_settings_that_are_right_are_said_to_be(shell: Shell) -> None:
    secrets = shell.data / "secrets"
    secrets.mkdir(mode=0o700)
    for name in ("as_token", "hs_token", "module_secret", "form_secret", "jwt_private.pem"):
        path = secrets / name
        path.write_text("a secret that nobody guesses")
        path.chmod(0o600)
    checked = shell.run("config", "check")
    assert checked.exit_code == 0, checked.output
    assert "a secret" not in checked.output


def test_the_schema_is_one_and_describes_every_section(shell: Shell) -> None:
    printed = shell.run("config", "schema")
    assert printed.exit_code == 0
    schema = json.loads(printed.stdout)
    Draft202012Validator.check_schema(schema)
    assert set(schema["properties"]) >= {"matrix", "bridge", "accounts", "desk", "gateway", "demo"}
