from __future__ import annotations

from pathlib import Path

import pytest

from bridge.config import load_settings
from bridge.errors import BadSettings
from bridge.secret_files import load_secrets

NAMES = ("as_token", "hs_token", "module_secret", "form_secret", "jwt_private.pem", "demo_password")


def write_secrets(data: Path) -> None:
    (data / "secrets").mkdir()
    for name in NAMES:
        (data / "secrets" / name).write_text(f"hush-{name}\n", encoding="ascii")


def test_secrets_come_from_files_and_are_never_shown(tmp_path: Path) -> None:
    write_secrets(tmp_path)
    settings = load_settings({"CHAPERONE_DATA": str(tmp_path), "CHAPERONE__DEMO__ENABLED": "1"})
    secrets = load_secrets(settings)
    assert secrets.as_token == "hush-as_token"
    assert secrets.jwt_private_pem == "hush-jwt_private.pem"
    assert secrets.demo_password == "hush-demo_password"
    assert "hush" not in repr(secrets)
    assert "hush" not in repr(settings)


def test_without_the_demo_nobody_needs_its_password(tmp_path: Path) -> None:
    write_secrets(tmp_path)
    (tmp_path / "secrets" / "demo_password").unlink()
    assert load_secrets(load_settings({"CHAPERONE_DATA": str(tmp_path)})).demo_password is None


def test_every_missing_and_every_empty_file_is_named(tmp_path: Path) -> None:
    write_secrets(tmp_path)
    (tmp_path / "secrets" / "as_token").unlink()
    (tmp_path / "secrets" / "hs_token").write_text("\n", encoding="ascii")
    with pytest.raises(BadSettings) as raised:
        load_secrets(load_settings({"CHAPERONE_DATA": str(tmp_path)}))
    assert [fault.partition(":")[0] for fault in raised.value.faults[:-1]] == [
        "bridge.as_token_file",
        "bridge.hs_token_file",
    ]


def test_a_secret_may_be_kept_elsewhere(tmp_path: Path) -> None:
    write_secrets(tmp_path)
    (tmp_path / "token").write_text("other", encoding="ascii")
    environ = {"CHAPERONE_DATA": str(tmp_path), "CHAPERONE__BRIDGE__AS_TOKEN_FILE": str(tmp_path / "token")}
    assert load_secrets(load_settings(environ)).as_token == "other"
