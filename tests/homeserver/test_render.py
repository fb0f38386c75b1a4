"""Rendering happens once, whole or not at all, and says what does not fit."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import yaml

from homeserver import render as rendering
from homeserver.errors import RenderFault
from homeserver.keys import parse_policy_keys
from homeserver.layout import Layout
from homeserver.render import find_changes, find_faults, render, rotate_policy_key
from homeserver.settings import FederationSettings, HomeserverSettings, MatrixSettings, Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "var")


def contents(settings: Settings) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in settings.data.rglob("*") if path.is_file()}


class TestRendering:
    def test_everything_is_made_and_readable_by_its_owner_alone(self, settings: Settings) -> None:
        made = render(settings)
        assert set(made) | {settings.data / ".render.lock"} == set(contents(settings))
        for path in settings.data.rglob("*"):
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
        assert find_faults(settings) == []
        assert find_changes(settings) == []

    def test_a_second_time_changes_nothing(self, settings: Settings) -> None:
        render(settings)
        before = contents(settings)
        assert render(settings) == []
        assert contents(settings) == before

    def test_what_somebody_edited_stays_as_it_is(self, settings: Settings) -> None:
        render(settings)
        config = Layout(settings.data).config
        config.write_text(config.read_text() + "admin_contact: mailto:me@example.org\n")
        assert render(settings) == []
        assert "admin_contact" in config.read_text()
        assert find_changes(settings) == ["homeserver.yaml: admin_contact"]

    def test_two_installations_have_no_secret_in_common(self, tmp_path: Path) -> None:
        one, other = Settings(data=tmp_path / "one"), Settings(data=tmp_path / "other")
        render(one)
        render(other)
        secrets = [path.read_text() for data in (one.data, other.data) for path in (data / "secrets").iterdir()]
        assert len(set(secrets)) == len(secrets) == 18

    def test_a_render_that_died_anywhere_is_completed(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Dies before its first, second … file; what stands is kept, and the end is whole each time."""
        real, count = Path.rename, 0

        def rename_or_die(self: Path, target: Path) -> Path:
            nonlocal count
            count += 1
            if count == 2:
                raise KeyboardInterrupt
            return real(self, target)

        monkeypatch.setattr(Path, "rename", rename_or_die)
        kept: dict[Path, bytes] = {}
        for _ in range(20):
            count = 0
            try:
                made = render(settings)
            except KeyboardInterrupt:
                made = []
            now = {path: content for path, content in contents(settings).items() if not path.name.startswith(".")}
            assert kept.items() <= now.items()
            kept = now
            if made == [] and count == 0:
                break
        assert len(kept) == 13
        assert find_faults(settings) == []

    def test_a_directory_that_cannot_be_made_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "var").write_text("a file is in the way")
        with pytest.raises(RenderFault) as raised:
            render(Settings(data=tmp_path / "var"))
        assert raised.value.path == tmp_path / "var"


class TestFaults:
    def test_what_is_missing_is_named(self, settings: Settings) -> None:
        assert len(find_faults(settings)) == 13
        render(settings)
        Layout(settings.data).signing_key.unlink()
        assert [fault.partition(":")[0] for fault in find_faults(settings)] == [str(Layout(settings.data).signing_key)]

    def test_a_secret_that_others_can_read_is_named(self, settings: Settings) -> None:
        render(settings)
        Layout(settings.data).secret("as_token").chmod(0o644)
        assert "can be read by others" in find_faults(settings)[0]

    def test_a_token_that_the_registration_does_not_know_is_named(self, settings: Settings) -> None:
        render(settings)
        Layout(settings.data).secret("as_token").write_text("another")
        assert "as_token" in find_faults(settings)[0]

    def test_a_pair_of_keys_that_is_none_is_named(self, settings: Settings, tmp_path: Path) -> None:
        render(settings)
        other = Settings(data=tmp_path / "other")
        render(other)
        Layout(settings.data).jwt_private_key.write_bytes(Layout(other.data).jwt_private_key.read_bytes())
        assert "does not belong" in find_faults(settings)[0]

    def test_a_private_key_that_is_gone_is_not_replaced(self, settings: Settings) -> None:
        render(settings)
        Layout(settings.data).jwt_private_key.unlink()
        with pytest.raises(RenderFault, match="restore it"):
            render(settings)

    @pytest.mark.parametrize(
        "content", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
    )
    def test_a_private_key_that_is_none_is_named(self, settings: Settings, content: str) -> None:
        render(settings)
        Layout(settings.data).jwt_private_key.write_text(content)
        assert "jwt_private.pem" in find_faults(settings)[0]

    def test_a_file_that_is_not_yaml_is_named(self, settings: Settings) -> None:
        render(settings)
        Layout(settings.data).registration.write_text("a: [")
        assert "is not YAML" in find_faults(settings)[0]


def test_settings_that_changed_since_are_named_by_option(settings: Settings) -> None:
    render(settings)
    changed = Settings(
        data=settings.data,
        matrix=MatrixSettings(),
        homeserver=HomeserverSettings(port=9, appservice_url="http://bridge:8091", log_level="INFO"),
    )
    assert find_changes(changed) == [
        "log.yaml: root",
        "registration.yaml: url",
        "homeserver.yaml: listeners",
        "homeserver.yaml: modules",
        "homeserver.yaml: public_baseurl",
    ]
    config = yaml.safe_load(Layout(settings.data).config.read_text())
    assert config["listeners"][0]["port"] == 8008
    assert rendering.render(changed) == []


class TestPolicyKeys:
    @pytest.fixture
    def federated(self, tmp_path: Path) -> Settings:
        federation = FederationSettings(enabled=True)
        return Settings(data=tmp_path / "var", homeserver=HomeserverSettings(behind_proxy=True, federation=federation))

    def test_they_are_made_where_there_are_other_servers(self, federated: Settings) -> None:
        render(federated)
        path = Layout(federated.data).policy_keys
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert len(parse_policy_keys(path.read_text())) == 1
        assert find_faults(federated) == []

    def test_a_new_one_is_put_before_the_newest_and_the_file_stays_private(self, federated: Settings) -> None:
        render(federated)
        path = Layout(federated.data).policy_keys
        before = path.read_text()
        assert rotate_policy_key(federated) == path
        assert path.read_text().endswith(before)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert find_faults(federated) == []

    def test_where_there_are_none_there_is_nothing_to_renew(self, settings: Settings) -> None:
        render(settings)
        with pytest.raises(RenderFault):
            rotate_policy_key(settings)

    def test_a_file_without_keys_is_named_and_left_alone(self, federated: Settings) -> None:
        render(federated)
        path = Layout(federated.data).policy_keys
        path.write_text("nothing of the kind\n")
        assert any(fault.startswith(f"{path}: ") for fault in find_faults(federated))
        with pytest.raises(RenderFault):
            rotate_policy_key(federated)
        assert path.read_text() == "nothing of the kind\n"
