"""The settings of Synapse's side, read once and checked as a whole before anything is rendered.

Where a value comes from, the first that has it:

    environment CHAPERONE__SECTION__KEY
    environment CHAPERONE_HOMESERVER_PORT, CHAPERONE_APPSERVICE_PORT   (what a second copy on one machine changes)
    YAML file   $CHAPERONE_CONFIG, else <data>/chaperone.yaml if there is one
    the defaults below

The file is shared by homeserver, bridge and bots; each reads its own sections and ignores its neighbours'. A section
that nobody reads is a fault, as is an unknown key in ours.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from homeserver.errors import SettingsFaults
from policies.names import RoomAlias, ServerName, UserId

OUR_SECTIONS: Final = frozenset({"matrix", "homeserver"})
SECTIONS: Final = OUR_SECTIONS | {"bots", "bridge", "accounts", "desk", "gateway", "webhooks", "demo"}
ENV_PREFIX: Final = "CHAPERONE__"
GHOST_PREFIX: Final = "guest-"
"""Local parts of ghosts begin so; the whole namespace belongs to the bridge alone."""

Port = Annotated[int, Field(ge=1, le=65535)]
Size = Annotated[str, Field(pattern=r"^[1-9][0-9]*[KMG]?$")]


def _parse_url(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", value):
        raise ValueError("is no http or https URL")
    return value.rstrip("/")


Url = Annotated[str, AfterValidator(_parse_url)]


def parse_size(size: str) -> int:
    """Bytes, of a size as Synapse writes them."""
    unit = {"K": 2**10, "M": 2**20, "G": 2**30}.get(size[-1])
    return int(size) if unit is None else int(size[:-1]) * unit


class Section(BaseModel):
    """A section of the settings: fixed once read, and no key in it goes unread."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MatrixSettings(Section):
    """What homeserver, bridge and bots have to agree on."""

    server_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9.\-]+(:[0-9]{1,5})?$")] = "localhost"
    homeserver_url: Url | None = None
    """Where the others reach Synapse; if unset, the port that Synapse listens on, on this machine."""
    bot: Annotated[str, Field(pattern=r"^[a-z0-9._=-]+$")] = "chaperone"
    development_robots: bool = False
    """For bridge and robots: whether robots that are still being tried out are there."""


class FederationSettings(Section):
    """Other homeservers. Unless this is enabled there is no listener for them and no request to them."""

    enabled: bool = False
    port: Port = 8448
    bind: str | None = None
    """Where other servers reach us; if unset, where clients do."""
    tls_certificate_path: Path | None = None
    tls_private_key_path: Path | None = None
    """Both or none. Without them the listener speaks plain HTTP to the proxy that speaks TLS (`behind_proxy`)."""
    domains: tuple[str, ...] = ()
    """The servers we speak with; empty for all of them."""

    @model_validator(mode="after")
    def _refuse_half_a_key_pair(self) -> FederationSettings:
        if (self.tls_certificate_path is None) != (self.tls_private_key_path is None):
            raise ValueError("tls_certificate_path and tls_private_key_path go together")
        return self


class HomeserverSettings(Section):
    """How Synapse is rendered. What is rendered stays as it is; see `python -m homeserver check`."""

    port: Port = 8008
    bind: str = "127.0.0.1"
    bind_everywhere: bool = False
    """Has to be said before `bind` may be every interface, as it must inside a container."""
    public_url: Url | None = None
    """What clients are told to use (well-known, media); if unset, `matrix.homeserver_url`."""
    appservice_url: Url | None = None
    """Where Synapse reaches the bridge; if unset, CHAPERONE_APPSERVICE_PORT on this machine."""
    behind_proxy: bool = False
    """Believe X-Forwarded-For, so that rate limits count people and not the proxy."""
    log_level: Literal["INFO", "WARNING", "ERROR"] = "WARNING"
    """Of Synapse itself. There is no DEBUG: at that level Synapse writes bodies and query parameters."""
    max_upload: Size = "20M"
    guest_max_upload: Size = "5M"
    guest_daily_upload: Size = "100M"
    """Of one guest, in the last 24 hours."""
    presence: bool = False
    federation: FederationSettings = FederationSettings()

    @model_validator(mode="after")
    def _refuse_every_interface(self) -> HomeserverSettings:
        everywhere = {"0.0.0.0", "::", ""}
        if (self.bind in everywhere or self.federation.bind in everywhere) and not self.bind_everywhere:
            raise ValueError(
                "bind is every interface: whoever reaches this machine would reach Synapse; "
                "name one address, or set bind_everywhere"
            )
        return self

    @model_validator(mode="after")
    def _refuse_federation_in_the_open(self) -> HomeserverSettings:
        if self.federation.enabled and self.federation.tls_certificate_path is None and not self.behind_proxy:
            raise ValueError(
                "federation.tls_certificate_path is missing: other servers speak TLS only; "
                "name certificate and key, or set behind_proxy where a proxy has them"
            )
        return self


class Settings(BaseSettings):
    """All of them. `data` and the two ports of the contract come from the environment by their plain names."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        case_sensitive=False,
    )

    data: Path = Path("var")
    matrix: MatrixSettings = MatrixSettings()
    homeserver: HomeserverSettings = HomeserverSettings()

    @property
    def homeserver_url(self) -> str:
        """Where the bridge and the robots reach Synapse."""
        return self.matrix.homeserver_url or f"http://127.0.0.1:{self.homeserver.port}"

    @property
    def public_url(self) -> str:
        """Where people's clients reach Synapse."""
        return self.homeserver.public_url or self.homeserver_url

    @property
    def appservice_url(self) -> str:
        """Where Synapse reaches the bridge."""
        return self.homeserver.appservice_url or "http://127.0.0.1:8091"

    @property
    def server_name(self) -> ServerName:
        """The part behind the colon in every user id."""
        return ServerName(self.matrix.server_name)

    @property
    def bot(self) -> UserId:
        """The application service's own user."""
        return UserId(f"@{self.matrix.bot}:{self.matrix.server_name}")

    @property
    def policy_alias(self) -> RoomAlias:
        """The address under which the policy room is found."""
        return RoomAlias(f"#chaperone-policy:{self.matrix.server_name}")

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


def _data_directory(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("CHAPERONE_DATA") or "var").absolute()


def _parse_plain_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {"data": _data_directory(environ), "homeserver": {}}
    if port := environ.get("CHAPERONE_HOMESERVER_PORT"):
        values["homeserver"]["port"] = port
    if port := environ.get("CHAPERONE_APPSERVICE_PORT"):
        values["homeserver"]["appservice_url"] = f"http://127.0.0.1:{port}"
    return values


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
    return {str(section): values for section, values in content.items() if values is not None}


def _section_faults(environ: Mapping[str, str]) -> list[str]:
    in_file = _load_file(environ)
    in_environment = {
        name.removeprefix(ENV_PREFIX).partition("__")[0].lower() for name in environ if name.startswith(ENV_PREFIX)
    }
    known = ", ".join(sorted(SECTIONS))
    unknown = sorted((in_environment | set(in_file)) - SECTIONS)
    return [f"{section}: there is no such section (there are {known})" for section in unknown] + [
        f"{section}: is no section, but one value"
        for section in sorted(OUR_SECTIONS & set(in_file))
        if not isinstance(in_file[section], dict)
    ]


def load_settings() -> Settings:
    """Read file and environment.

    :raises SettingsFaults: naming every option that is wrong, not only the first.
    """
    faults = _section_faults(os.environ)
    try:
        settings = Settings()
    except ValidationError as invalid:
        faults += [
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in invalid.errors(include_url=False, include_input=False)
        ]
    if faults:
        raise SettingsFaults(faults)
    return settings
