"""What homeserver.yaml tells the module is parsed once, and every fault is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from homeserver.errors import SettingsFaults
from homeserver.keys import make_policy_keys, parse_policy_keys
from homeserver.module_config import parse_module_config


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "secret").write_text("s3cret\n")
    return {
        "bot": "@chaperone:a.example",
        "policy_alias": "#chaperone-policy:a.example",
        "appservice_url": "http://bridge:8091/",
        "module_secret_path": str(tmp_path / "secret"),
        "robots_secret_path": str(tmp_path / "secret"),
    }


def faults(options: dict[str, Any]) -> list[str]:
    with pytest.raises(SettingsFaults) as raised:
        parse_module_config(options)
    return [fault.partition(":")[0] for fault in raised.value.faults]


def test_secrets_are_read_from_their_files(options: dict[str, Any]) -> None:
    config = parse_module_config(options)
    assert (config.module_secret, config.robots_secret) == ("s3cret", "s3cret")
    assert (config.server_name, config.appservice_url) == ("a.example", "http://bridge:8091")


def test_every_option_that_is_wrong_is_named(options: dict[str, Any]) -> None:
    options |= {"bot": "chaperone", "appservice_url": "bridge", "colour": "green"}
    del options["policy_alias"]
    assert sorted(faults(options)) == ["appservice_url", "bot", "colour", "policy_alias"]


def test_a_secret_that_is_missing_or_empty_is_named(options: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    options |= {"module_secret_path": str(tmp_path / "gone"), "robots_secret_path": str(tmp_path / "empty")}
    assert faults(options) == ["module_secret_path", "robots_secret_path"]


def test_the_policy_room_is_on_the_bots_server(options: dict[str, Any]) -> None:
    assert faults(options | {"policy_alias": "#chaperone-policy:b.example"}) == ["policy_alias"]


def test_without_keys_it_is_no_policy_server(options: dict[str, Any]) -> None:
    assert parse_module_config(options).policy_keys == ()


def test_the_policy_servers_keys_are_read_newest_first(options: dict[str, Any], tmp_path: Path) -> None:
    content = make_policy_keys(make_policy_keys())
    (tmp_path / "policy.keys").write_text(content)
    config = parse_module_config(options | {"policy_key_path": str(tmp_path / "policy.keys")})
    assert [key.encode() for key in config.policy_keys] == [key.encode() for key in parse_policy_keys(content)]
    assert "policy_keys" not in repr(config)


@pytest.mark.parametrize("content", [None, "", "no key"])
def test_keys_that_cannot_be_read_are_named(options: dict[str, Any], tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "policy.keys"
    if content is not None:
        path.write_text(content)
    assert faults(options | {"policy_key_path": str(path)}) == ["policy_key_path"]
