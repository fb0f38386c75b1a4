"""Settings are read from environment and file, checked as a whole, and every fault is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from homeserver.errors import SettingsFaults
from homeserver.settings import load_settings


@pytest.fixture(autouse=True)
def _nothing_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data directory of its own, and nothing of ours in the environment but that."""
    for name in [name for name in os.environ if name.startswith("CHAPERONE")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CHAPERONE_DATA", str(tmp_path))


def faults() -> tuple[str, ...]:
    with pytest.raises(SettingsFaults) as raised:
        load_settings()
    return raised.value.faults


class TestWhereValuesComeFrom:
    def test_without_any_settings_all_is_on_this_machine(self, tmp_path: Path) -> None:
        settings = load_settings()
        assert settings.data == tmp_path
        assert settings.homeserver_url == settings.public_url == "http://127.0.0.1:8008"
        assert settings.appservice_url == "http://127.0.0.1:8091"
        assert settings.bot == "@chaperone:localhost"
        assert settings.policy_alias == "#chaperone-policy:localhost"
        assert not settings.homeserver.federation.enabled

    def test_the_ports_of_the_contract_make_a_second_copy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CHAPERONE_HOMESERVER_PORT", "9008")
        monkeypatch.setenv("CHAPERONE_APPSERVICE_PORT", "9091")
        settings = load_settings()
        assert (settings.homeserver.port, settings.appservice_url) == (9008, "http://127.0.0.1:9091")

    def test_the_environment_wins_over_the_file_and_the_long_name_over_the_short(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "chaperone.yaml").write_text(
            "matrix: {server_name: example.org, bot: usher}\nhomeserver: {port: 1}"
        )
        assert load_settings().homeserver.port == 1
        monkeypatch.setenv("CHAPERONE_HOMESERVER_PORT", "2")
        assert load_settings().homeserver.port == 2
        monkeypatch.setenv("CHAPERONE__HOMESERVER__PORT", "3")
        settings = load_settings()
        assert settings.homeserver.port == 3
        assert settings.bot == "@usher:example.org"

    def test_a_file_elsewhere_is_named_in_the_environment(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = tmp_path / "other.yaml"
        other.write_text("homeserver:\n  federation: {tls_certificate_path: c, tls_private_key_path: k}\n")
        monkeypatch.setenv("CHAPERONE_CONFIG", str(other))
        federation = load_settings().homeserver.federation
        assert (federation.enabled, federation.port) == (False, 8448)

    def test_sections_of_the_neighbours_are_not_ours_to_judge(self, tmp_path: Path) -> None:
        (tmp_path / "chaperone.yaml").write_text("bots: {anything: [1]}\nbridge:\ngateway: {x: 1}\n")
        assert load_settings().homeserver.port == 8008


class TestFaults:
    def test_every_fault_is_named_at_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "chaperone.yaml").write_text(
            "matrix: {server_name: 'no spaces'}\n"
            "homeserver: {prot: 1, port: 70000, max_upload: lots, public_url: example.org}\n"
            "homeservr: {}\n"
        )
        monkeypatch.setenv("CHAPERONE__BRIGE__PORT", "1")
        named = {fault.partition(":")[0] for fault in faults()}
        assert named == {
            "brige",
            "homeserver.max_upload",
            "homeserver.port",
            "homeserver.prot",
            "homeserver.public_url",
            "homeservr",
            "matrix.server_name",
        }

    def test_an_unknown_key_in_the_environment_is_a_fault_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CHAPERONE__HOMESERVER__LOG_LEVLE", "INFO")
        assert [fault.partition(":")[0] for fault in faults()] == ["homeserver.log_levle"]

    def test_every_interface_has_to_be_meant(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CHAPERONE__HOMESERVER__BIND", "0.0.0.0")
        assert "every interface" in faults()[0]
        monkeypatch.setenv("CHAPERONE__HOMESERVER__BIND_EVERYWHERE", "true")
        assert load_settings().homeserver.bind == "0.0.0.0"

    @pytest.mark.parametrize("missing", ["TLS_CERTIFICATE_PATH", "TLS_PRIVATE_KEY_PATH"])
    def test_a_certificate_and_its_key_go_together(self, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in {"TLS_CERTIFICATE_PATH", "TLS_PRIVATE_KEY_PATH"} - {missing}:
            monkeypatch.setenv(f"CHAPERONE__HOMESERVER__FEDERATION__{name}", "a.pem")
        assert [fault.partition(":")[0] for fault in faults()] == ["homeserver.federation"]

    def test_other_servers_are_spoken_to_by_tls_or_through_a_proxy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CHAPERONE__HOMESERVER__FEDERATION__ENABLED", "true")
        assert "federation.tls_certificate_path" in faults()[0]
        monkeypatch.setenv("CHAPERONE__HOMESERVER__BEHIND_PROXY", "true")
        assert load_settings().homeserver.federation.enabled

    def test_every_interface_has_to_be_meant_for_other_servers_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CHAPERONE__HOMESERVER__FEDERATION__BIND", "0.0.0.0")
        assert "every interface" in faults()[0]

    @pytest.mark.parametrize("content", ["[1, 2]", "just words", "a: [", "\x00"])
    def test_a_file_without_sections_is_a_fault(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "chaperone.yaml").write_text(content)
        assert "chaperone.yaml" in faults()[0]

    def test_a_section_that_is_no_section_is_a_fault(self, tmp_path: Path) -> None:
        (tmp_path / "chaperone.yaml").write_text("homeserver: 8008\n")
        assert faults()[0].startswith("homeserver: ")

    def test_a_file_that_was_named_must_be_there(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CHAPERONE_CONFIG", str(tmp_path / "gone.yaml"))
        assert "CHAPERONE_CONFIG" in faults()[0]

    def test_an_empty_file_says_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "chaperone.yaml").write_text("# nothing yet\n")
        assert load_settings().homeserver.port == 8008
