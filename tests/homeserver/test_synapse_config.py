"""What Synapse is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from homeserver.layout import Layout
from homeserver.module_config import parse_module_config
from homeserver.registration import build_registration
from homeserver.render import render
from homeserver.settings import FederationSettings, HomeserverSettings, Settings
from homeserver.synapse_config import build_log_config, build_module_config, build_synapse_config
from policies.names import ServerName

LAYOUT = Layout(Path("/data"))


def build(homeserver: HomeserverSettings | None = None) -> dict[str, Any]:
    settings = Settings(data=LAYOUT.data, homeserver=homeserver or HomeserverSettings())
    return build_synapse_config(settings, LAYOUT, "PEM")


def test_synapse_keeps_no_password_and_lets_nobody_register() -> None:
    config = build()
    assert config["password_config"] == {"enabled": True, "localdb_enabled": False}
    assert config["enable_registration"] is False
    assert config["allow_guest_access"] is False
    assert not [key for key in config if "shared_secret" in key]


def test_no_secret_stands_in_the_configuration(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    render(settings)
    config = Layout(tmp_path).config.read_text()
    secrets = [path.read_text().strip() for path in (tmp_path / "secrets").iterdir() if path.name != "jwt_public.pem"]
    assert not [secret for secret in secrets if secret in config]


def test_tokens_are_verified_by_one_pinned_algorithm_for_one_audience() -> None:
    jwt_config = build()["jwt_config"]
    assert isinstance(jwt_config, dict)
    assert (jwt_config["algorithm"], jwt_config["issuer"], jwt_config["audiences"]) == (
        "EdDSA",
        "chaperone",
        ["matrix"],
    )


def test_nothing_listens_to_other_servers_unless_it_is_asked_for() -> None:
    closed = build()
    assert closed["federation_domain_whitelist"] == []
    assert closed["trusted_key_servers"] == []
    assert [resource["names"] for resource in closed["listeners"][0]["resources"]] == [["client"]]
    assert len(closed["listeners"]) == 1


@pytest.mark.parametrize(("domains", "listed"), [((), None), (("other.example",), ["other.example"])])
def test_federation_is_a_section_of_settings(domains: tuple[str, ...], listed: list[str] | None) -> None:
    tls = {"tls_certificate_path": Path("c"), "tls_private_key_path": Path("k")}
    federation = FederationSettings(enabled=True, domains=domains, **tls)
    config = build(HomeserverSettings(federation=federation))
    client, theirs = config["listeners"]
    assert (theirs["tls"], theirs["resources"][0]["names"]) == (True, ["federation"])
    assert theirs["bind_addresses"] == client["bind_addresses"]
    assert (config["tls_certificate_path"], config["tls_private_key_path"]) == ("c", "k")
    assert config.get("federation_domain_whitelist") == listed


def test_behind_a_proxy_the_listener_for_other_servers_needs_no_certificate() -> None:
    federation = FederationSettings(enabled=True, bind="10.0.0.1")
    config = build(HomeserverSettings(behind_proxy=True, federation=federation))
    _, theirs = config["listeners"]
    assert (theirs["tls"], theirs["x_forwarded"], theirs["bind_addresses"]) == (False, True, ["10.0.0.1"])
    assert "tls_certificate_path" not in config


def test_the_module_is_a_policy_server_only_where_there_are_other_servers() -> None:
    assert "policy_key_path" not in build()["modules"][0]["config"]
    federation = FederationSettings(enabled=True)
    config = build(HomeserverSettings(behind_proxy=True, federation=federation))
    assert config["modules"][0]["config"]["policy_key_path"] == "/data/secrets/policy.keys"


def test_rate_limits_are_synapses_own_but_for_logins() -> None:
    assert [key for key in build() if key.startswith("rc_")] == ["rc_login"]


def test_nobody_is_found_by_somebody_who_shares_no_room() -> None:
    config = build()
    assert config["require_auth_for_profile_requests"] is True
    assert config["limit_profile_requests_to_users_who_share_rooms"] is True
    assert config["user_directory"] == {"enabled": True, "search_all_users": False, "prefer_local_users": True}
    assert config["enable_room_list_search"] is False
    assert config["report_stats"] is False


def test_clients_are_told_not_to_encrypt() -> None:
    config = build()
    assert config["encryption_enabled_by_default_for_room_type"] == "off"
    assert config["extra_well_known_client_content"] == {"io.element.e2ee": {"default": False}}


def test_devices_of_ghosts_are_never_stale() -> None:
    assert "delete_stale_devices_after" not in build()


def test_bodies_and_query_parameters_are_never_logged() -> None:
    loggers = build_log_config(Settings(data=LAYOUT.data))["loggers"]
    assert loggers["synapse.storage.SQL"] == loggers["synapse.http.client"] == {"level": "INFO"}


def test_the_module_reads_what_it_is_told(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    render(settings)
    config = parse_module_config(yaml.safe_load(Layout(tmp_path).config.read_text())["modules"][0]["config"])
    assert config.bot == settings.bot
    assert config.server_name == settings.server_name
    assert config.module_secret == Layout(tmp_path).secret("module_secret").read_text().strip()
    assert build_module_config(settings, Layout(tmp_path))["appservice_url"] == config.appservice_url


def test_the_registration_owns_ghosts_and_our_aliases() -> None:
    registration = build_registration(ServerName("a.example"), "chaperone", "http://bridge:8091", "as", "hs")
    assert registration["sender_localpart"] == "chaperone"
    assert registration["rate_limited"] is False
    assert registration["receive_ephemeral"] is True
    assert registration["io.element.msc4190"] is True
    assert registration["namespaces"] == {
        "users": [{"exclusive": True, "regex": r"@guest-.*:a\.example"}],
        "aliases": [{"exclusive": True, "regex": r"#chaperone-.*:a\.example"}],
        "rooms": [],
    }
