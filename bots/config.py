"""The settings of the robots, read once and checked as a whole before anything starts.

Where a value comes from, the first that has it:

    environment CHAPERONE__SECTION__KEY
    environment CHAPERONE_DATA, CHAPERONE_HOMESERVER_PORT   (what a second copy on one machine changes)
    YAML file   $CHAPERONE_CONFIG, else <data>/chaperone.yaml if there is one
    the defaults below

The file is shared by homeserver, bridge and robots; each reads its own sections and leaves its neighbours' alone. An
unknown key in ours is a fault. Secrets are not settings: the settings say in which file each one is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bots.errors import SettingsFaults
from policies.names import RoomAlias, ServerName, UserId

PREFIX: Final = "CHAPERONE__"

Seconds = Annotated[float, Field(gt=0, le=3600)]
Count = Annotated[int, Field(ge=1, le=1000)]


def _parse_url(value: str) -> str:
    if not re.fullmatch(r"https?://([^\s/?#:@\[\]]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?(/[^\s?#]*)?", value):
        raise ValueError("is no http or https URL")
    return value.rstrip("/")


class Section(BaseModel):
    """A section of the settings: fixed once read, and no key in it goes unread."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MatrixSettings(Section):
    """What homeserver, bridge and robots have to agree on."""

    server_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9.\-]+(:[0-9]{1,5})?$")] = "localhost"
    homeserver_url: Annotated[str, AfterValidator(_parse_url)] = "http://127.0.0.1:8008"
    bot: Annotated[str, Field(pattern=r"^[a-z0-9._=-]+$")] = "chaperone"
    """The local part of the bridge's own user."""
    development_robots: bool = False
    """Whether robots that are still being tried out have accounts, run and are listed."""

    def user_id(self, localpart: str) -> UserId:
        """The id of a user of this homeserver, in lower case as they all are."""
        return UserId(f"@{localpart.lower()}:{self.server_name}")

    @property
    def bot_id(self) -> UserId:
        """The bridge's own user, who alone writes the directory."""
        return self.user_id(self.bot)

    @property
    def server(self) -> ServerName:
        """The part behind the colon in every user id of this homeserver."""
        return ServerName(self.server_name)

    @property
    def policy_alias(self) -> RoomAlias:
        """The address under which the policy room is found."""
        return RoomAlias(f"#chaperone-policy:{self.server_name}")


class AiSettings(Section):
    """An endpoint that speaks OpenAI's chat completions, whoever runs it. Without a URL everything works without it."""

    url: Annotated[str, AfterValidator(_parse_url)] | None = None
    """With its version, such as ``https://ai.example.org/v1``."""
    model: str = "gpt-4o-mini"
    key_file: Path | None = None
    """Unset for an endpoint that wants no key."""
    timeout_seconds: Seconds = 20
    """For a whole answer."""
    retries: Annotated[int, Field(ge=0, le=5)] = 2


class FormstackSettings(Section):
    """The vendor's API, for forms named by their number. Nothing is ever written there."""

    url: Annotated[str, AfterValidator(_parse_url)] = "https://www.formstack.com/api/v2"
    token_file: Path | None = None
    """Without it forms are read from files and from what is pasted."""
    calls_per_minute: Count = 60
    calls_per_day: Annotated[int, Field(ge=1)] = 14_400
    """The vendor's limit for one token."""


class BotsSettings(Section):
    """How the robots are run."""

    data: Path = Path("var")
    """CHAPERONE_DATA."""
    robots: tuple[str, ...] = ()
    """Which of them to run, by name; empty for all."""
    robots_secret_file: Path | None = None
    """If unset, <data>/secrets/robots_secret, which `python -m homeserver render` makes."""
    deadline_seconds: Seconds = 60
    """How long an answer may take."""
    answers_at_once: Count = 8
    """How many questions one robot works on at the same time; further ones wait, with a placeholder."""
    questions_per_minute: Count = 30
    """How many one person may ask one robot."""
    sync_seconds: Seconds = 30
    """How long the homeserver holds a request when nothing happens."""
    answer_after_first_login_hours: Annotated[float, Field(ge=0)] = 24
    """A robot that logs in for the first time answers what it was asked before, if it is not older than this."""
    grace_seconds: Annotated[float, Field(ge=0, le=60)] = 3
    """How long answers under way may take when the robots are stopped; the rest is finished at the next start."""
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Where figures are served for Prometheus; 0 for nowhere."""
    metrics_bind: str = "127.0.0.1"
    ai: AiSettings = AiSettings()
    formstack: FormstackSettings = FormstackSettings()
    bridge_url: Annotated[str, AfterValidator(_parse_url)] = "http://127.0.0.1:8091"
    """Where the bridge takes words as they grow (its appservice port); nothing depends on anybody being there."""
    log_format: Literal["json", "console"] = "json"

    @property
    def secret_file(self) -> Path:
        """The secret from which each robot's password is derived."""
        return self.robots_secret_file or self.data / "secrets" / "robots_secret"

    @property
    def directory(self) -> Path:
        """Where sessions are kept."""
        return self.data / "bots"

    @property
    def ready_file(self) -> Path:
        """Written while the robots run; see `bots.health`."""
        return self.directory / "ready.json"


class Settings(BaseSettings):
    """All of them. `load_settings` reads them."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix=PREFIX, env_nested_delimiter="__")

    matrix: MatrixSettings = MatrixSettings()
    bots: BotsSettings = BotsSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before file before defaults; no .env file, no directory of secrets."""
        return (
            init_settings,
            env_settings,
            InitSettingsSource(settings_cls, _parse_plain_environment(os.environ)),
            InitSettingsSource(settings_cls, _load_file(os.environ)),
        )


def _parse_plain_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {"bots": {"data": _data_directory(environ)}}
    if port := environ.get("CHAPERONE_APPSERVICE_PORT"):
        values["bots"]["bridge_url"] = f"http://127.0.0.1:{port}"
    if port := environ.get("CHAPERONE_HOMESERVER_PORT"):
        values["matrix"] = {"homeserver_url": f"http://127.0.0.1:{port}"}
    return values


def _data_directory(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("CHAPERONE_DATA") or "var").absolute()


def _load_file(environ: Mapping[str, str]) -> dict[str, Any]:
    named = environ.get("CHAPERONE_CONFIG")
    path = Path(named) if named else _data_directory(environ) / "chaperone.yaml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if named:
            raise SettingsFaults([f"CHAPERONE_CONFIG: there is no file {path}"]) from None
        return {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as unreadable:
        raise SettingsFaults([f"{path}: cannot be read: {unreadable}"]) from unreadable
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise SettingsFaults([f"{path}: has no sections; it should begin like “matrix:”"])
    return {str(section): keys for section, keys in content.items() if keys is not None}


def load_settings() -> Settings:
    """Read environment and file.

    :raises SettingsFaults: naming every option that is wrong, not only the first.
    """
    try:
        return Settings()
    except ValidationError as invalid:
        raise SettingsFaults(
            [
                f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg'].removeprefix('Value error, ')}"
                for fault in invalid.errors(include_url=False, include_input=False)
            ]
        ) from invalid
