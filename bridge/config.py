"""The settings of the bridge, read once and checked as a whole before anything starts.

Where a value comes from, the first that has it:

    environment CHAPERONE__SECTION__KEY
    environment CHAPERONE_PORT and its like              (what a second copy on one machine changes)
    YAML file   $CHAPERONE_CONFIG, else <data>/chaperone.yaml if there is one
    the defaults below

The file is shared by homeserver, bridge and robots; each reads its own sections and leaves its neighbours' alone. A
section that nobody reads is a fault, as is an unknown key in ours. Secrets are not settings: the settings say in
which file each one is (`bridge.secrets`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from bridge.errors import BadSettings
from policies.assignment import Routing
from policies.deadlines import OnSilence, Patience
from policies.hooks import HookEvent
from policies.names import Audience, RoomAlias, ServerName, UserId

OTHERS: Final = frozenset({"homeserver", "bots"})
"""Sections of the shared file that other packages read."""
PREFIX: Final = "CHAPERONE__"
PLAIN: Final[Mapping[str, tuple[str, str]]] = {
    "CHAPERONE_DATA": ("bridge", "data"),
    "CHAPERONE_PORT": ("bridge", "port"),
    "CHAPERONE_APPSERVICE_PORT": ("bridge", "appservice_port"),
    "CHAPERONE_HOMESERVER_PORT": ("matrix", "homeserver_port"),
}
"""The short names that the outside relies on, and what they set."""

Port = Annotated[int, Field(ge=1, le=65535)]
Count = Annotated[int, Field(ge=1)]


def _parse_url(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", value):
        raise ValueError("is no http or https URL")
    return value.rstrip("/")


def _parse_database_url(value: str) -> str:
    if not value.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://", "postgresql+psycopg://")):
        raise ValueError("has to begin with sqlite+aiosqlite:///, postgresql+asyncpg:// or postgresql+psycopg://")
    return value


Url = Annotated[str, AfterValidator(_parse_url)]


class Section(BaseModel):
    """A section of the settings: fixed once read, and no key in it goes unread."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class MatrixSettings(Section):
    """What homeserver, bridge and robots have to agree on."""

    server_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9.\-]+(:[0-9]{1,5})?$")] = "localhost"
    homeserver_port: Annotated[Port, Field(exclude=True)] = 8008
    """CHAPERONE_HOMESERVER_PORT; `homeserver_url` says more."""
    homeserver_url: Url = Field(default_factory=lambda given: f"http://127.0.0.1:{given['homeserver_port']}")
    bot: Annotated[str, Field(pattern=r"^[a-z0-9._=-]+$")] = "chaperone"
    """The local part of the bridge's own user."""
    development_robots: bool = False
    """Whether robots that are still being tried out have accounts, run and are listed."""

    def user_id(self, localpart: str) -> UserId:
        """The id of a user of this homeserver."""
        return UserId(f"@{localpart}:{self.server_name}")

    def alias(self, localpart: str) -> RoomAlias:
        """An address of a room of this homeserver."""
        return RoomAlias(f"#{localpart}:{self.server_name}")

    @property
    def bot_id(self) -> UserId:
        """The bridge's own user."""
        return self.user_id(self.bot)

    @property
    def server(self) -> ServerName:
        """The part behind the colon in every user id of this homeserver."""
        return ServerName(self.server_name)


class BridgeSettings(Section):
    """Where the bridge listens, and where it keeps things."""

    data: Path = Path("var")
    """CHAPERONE_DATA."""
    bind: str = "127.0.0.1"
    port: Port = 8090
    """Pages, API and socket: CHAPERONE_PORT."""
    appservice_bind: str = "127.0.0.1"
    appservice_port: Port = 8091
    """Where the homeserver finds the bridge: CHAPERONE_APPSERVICE_PORT."""
    metrics_bind: str = "127.0.0.1"
    metrics_port: Port | None = None
    """Where figures are served, under /metrics; nowhere if it is not set."""
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Addresses or networks of proxies before the bridge. What these say in X-Forwarded-For is believed, for the limits
    of logins; what anybody else says is not.
    """
    bind_everywhere: bool = False
    """Has to be said before an address may be every interface, as it must inside a container."""
    public_url: Url = Field(default_factory=lambda given: f"http://localhost:{given['port']}")
    """Where people's browsers reach the bridge."""
    database_url: Annotated[str, AfterValidator(_parse_database_url)] = Field(
        default_factory=lambda given: f"sqlite+aiosqlite:///{given['data'] / 'bridge' / 'bridge.db'}", repr=False
    )
    secrets: Path = Field(default_factory=lambda given: given["data"] / "secrets")
    """The directory of the secret files."""
    as_token_file: Path = Field(default_factory=lambda given: given["secrets"] / "as_token")
    hs_token_file: Path = Field(default_factory=lambda given: given["secrets"] / "hs_token")
    module_secret_file: Path = Field(default_factory=lambda given: given["secrets"] / "module_secret")
    robots_secret_file: Path = Field(default_factory=lambda given: given["secrets"] / "robots_secret")
    """If it is there, sockets are shown robots' words as they grow, and not by their edits only."""
    jwt_private_file: Path = Field(default_factory=lambda given: given["secrets"] / "jwt_private.pem")
    form_secret_file: Path = Field(default_factory=lambda given: given["secrets"] / "form_secret")
    demo_password_file: Path = Field(default_factory=lambda given: given["secrets"] / "demo_password")

    @model_validator(mode="after")
    def _refuse_every_interface(self) -> BridgeSettings:
        for key in ("bind", "appservice_bind", "metrics_bind"):
            if getattr(self, key) in {"0.0.0.0", "::", ""} and not self.bind_everywhere:
                raise ValueError(f"{key} is every interface; name one address, or set bind_everywhere")
        return self


def _parse_origin(value: str) -> str:
    if not re.fullmatch(r"https?://[a-z0-9.\-]+(:[0-9]{1,5})?", value):
        raise ValueError("is no origin, as in “https://www.example.org”: lower case, no path, no slash at the end")
    return value


Origin = Annotated[str, AfterValidator(_parse_origin)]


class SiteSettings(Section):
    """A web site whose visitors come in as guests, by an assertion that the site signs for each."""

    issuer: Annotated[str, Field(min_length=1, max_length=255)]
    """What stands in the assertion's `iss`."""
    algorithm: Literal["RS256", "ES256", "EdDSA"]
    """The one that is accepted."""
    public_key_file: Path
    """PEM."""
    origins: Annotated[tuple[Origin, ...], Field(min_length=1)]
    """The site's pages, as browsers name them: “https://www.example.org”. No others may bring its assertions."""
    audience: Annotated[str, Field(min_length=1, max_length=255)] = "chaperone"
    """What stands in the assertion's `aud`; another one for each installation that the site signs for."""


class AccountsSettings(Section):
    """Logins and what they last."""

    token_minutes: Count = 15
    """How long a token for API and socket is good; it is refreshed well before."""
    refresh_days: Count = 30
    """How long somebody may stay away without logging in again."""
    tries_per_minute_per_login: Count = 10
    tries_per_minute_per_address: Count = 60
    """Higher: an office has one address."""
    change_within_seconds: Annotated[float, Field(ge=0)] = 5
    """How long the answer to a change of who somebody is waits for all that follows from it; then it says “pending”."""
    matrix_login_for_guests: bool = False
    """Whether guests with an account here may log in with a Matrix client too."""
    invitation_hours: Count = 72
    """How long an invitation waits for its guest."""
    sites: tuple[SiteSettings, ...] = ()
    """Web sites whose visitors are let in as guests."""

    @field_validator("sites")
    @classmethod
    def _refuse_twins(cls, sites: tuple[SiteSettings, ...]) -> tuple[SiteSettings, ...]:
        if len({site.issuer for site in sites}) < len(sites):
            raise ValueError("two sites have the same issuer")
        return sites

    @property
    def origins(self) -> frozenset[str]:
        """The origins of all sites: whose pages may speak to the API."""
        return frozenset(origin for site in self.sites for origin in site.origins)


class RobotSettings(Section):
    """A robot that employees can ask."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._=-]+$")]
    """What it is shown as; its user id is this in lower case."""
    audience: Audience = Audience.STAFF
    brought_in: bool = False
    """Whether it is in every staff room from the start."""
    development: bool = False
    """Whether it is still being tried out, and there only if `matrix.development_robots` is on."""

    @property
    def localpart(self) -> str:
        """The local part of its user id."""
        return self.name.lower()


class DeskSettings(Section):
    """Issues and who works on them."""

    robots: tuple[RobotSettings, ...] = (
        RobotSettings(name="iStackBuddy.forms.diagnostics", brought_in=True),
        RobotSettings(name="iStackBuddy.docs.jokes", development=True),
        RobotSettings(name="iStackBuddy.fsid.jokes", development=True),
        RobotSettings(name="iStackBuddy.stream.jokes", development=True),
        RobotSettings(name="iStackBuddy.sign.jokes", development=True),
    )
    reopen_days: Count = 7
    """For how long its guest may reopen an issue that was concluded. Staff may at any time."""
    subject_max: Count = 200
    """Characters."""
    message_max: Annotated[int, Field(ge=1, le=12_000)] = 12_000
    """Characters; with four bytes each this still fits into a Matrix event."""
    cover_seconds: Annotated[float, Field(gt=0)] = 60
    """How long somebody is looked for in place of the last one who is there for a guest. If nobody is found until then
    the guest goes back to the lobby, first in line.
    """
    silence_minutes: Annotated[float, Field(gt=0)] = 10
    """How long an assignee may leave a guest without an answer before a colleague takes over."""
    unclaimed_minutes: Annotated[float, Field(gt=0)] = 10
    """How long an issue may wait in its queue before the queue and the supervisors are reminded of it."""
    unclaimed_again_minutes: Annotated[float, Field(gt=0)] = 10
    """How long after that until it is escalated, if somebody of the tiers above is on duty; else they are reminded."""
    untaken_minutes: Annotated[float, Field(gt=0)] = 5
    """How long an escalated issue may wait for somebody who takes it before those who were called in are reminded,
    and how long after that until supervisors are called in.
    """
    guest_minutes: Annotated[float, Field(gt=0)] = 30
    """How long a guest may leave an answer unanswered before they are reminded."""
    disengaged_minutes: Annotated[float, Field(gt=0)] = 60
    """How long after that until the issue is concluded as “guest-disengaged”. Their next words reopen it."""
    called_in_at_most: Count = 10
    """How many people of the next tier are called in for an escalated issue; the least busy first."""
    routing: Routing = Routing.MANUAL
    """“manual”: people take issues by themselves. “least-loaded” and “round-robin” give each to somebody of its tier
    who is on duty and free.
    """
    capacity: Annotated[int, Field(ge=0)] | None = None
    """How many open issues an employee may have; unset for no limit. People may have a number of their own."""
    on_silence: OnSilence = OnSilence.REROUTE
    """What is done when an assignee does not answer: “reroute” gives the issue to a colleague, if one is free;
    “remind” reminds the assignee.
    """
    clear_hours: Annotated[float, Field(gt=0)] = 24
    """How long people stay in the rooms of a concluded issue. Then its guest is taken out, and its staff after them;
    all of them can read on.
    """

    @property
    def patience(self) -> Patience:
        """How long is too long."""
        return Patience(
            cover=timedelta(seconds=self.cover_seconds),
            silence=timedelta(minutes=self.silence_minutes),
            guest=timedelta(minutes=self.guest_minutes),
            disengaged=timedelta(minutes=self.disengaged_minutes),
            unclaimed=timedelta(minutes=self.unclaimed_minutes),
            unclaimed_again=timedelta(minutes=self.unclaimed_again_minutes),
            untaken=timedelta(minutes=self.untaken_minutes),
            clearing=timedelta(hours=self.clear_hours),
            on_silence=self.on_silence,
        )

    @field_validator("robots")
    @classmethod
    def _refuse_twins(cls, robots: tuple[RobotSettings, ...]) -> tuple[RobotSettings, ...]:
        if len({robot.localpart for robot in robots}) < len(robots):
            raise ValueError("two robots have the same name")
        return robots


class GatewaySettings(Section):
    """The socket."""

    max_frame: Annotated[int, Field(ge=1024)] = 64 * 1024
    """Bytes."""
    heartbeat_seconds: Annotated[float, Field(gt=0)] = 30
    max_queue: Annotated[int, Field(ge=128 * 1024)] = 1024 * 1024
    """Bytes that may wait for a reader before they are called too slow."""
    ack_patience_seconds: Annotated[float, Field(ge=0)] = 1
    """How long an `ack` is held for the event id of its message. The message is durable before."""
    sockets_per_person: Count = 16
    poll_seconds: Annotated[float, Field(gt=0, le=30)] = 30
    """How long a request may wait for events at most; less than what a proxy before the bridge waits for an answer."""
    history_limit: Count = 100
    """Events in a `history` frame."""
    guest_messages_per_minute: Count = 30
    staff_messages_per_minute: Count = 120
    guest_requests_per_minute: Count = 240
    """Of the API, whatever is asked."""
    staff_requests_per_minute: Count = 1200


class HookSettings(Section):
    """A program elsewhere that is told what befalls issues."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    url: Url
    secret_file: Path
    """What deliveries are signed with: at least 16 characters."""
    events: tuple[HookEvent, ...] = tuple(HookEvent)
    """What it is told of; everything if not given."""
    with_words: bool = False
    """Whether it is told what people wrote too: subject, first message, note of the conclusion, comment of a rating."""
    allow_http: bool = False
    """Without encryption anybody on the way can read."""
    allow_private: bool = False
    """Whether it may be at an address that is not public: this machine, the network it is in."""
    allow_redirects: bool = False
    """Whether an answer may lead elsewhere (307, 308). Where it leads is held against the same settings."""

    @model_validator(mode="after")
    def _refuse_http(self) -> HookSettings:
        if self.url.startswith("http:") and not self.allow_http:
            raise ValueError("the url is plain http; take https, or set allow_http")
        return self


class WebhookSettings(Section):
    """Telling other programs what befalls issues."""

    hooks: tuple[HookSettings, ...] = ()
    timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 10
    """How long a hook may take to answer."""
    give_up_hours: Annotated[float, Field(gt=0)] = 24
    """For how long a delivery is tried. Then it is given up; `chaperone hooks list` and `doctor` say so."""

    @field_validator("hooks")
    @classmethod
    def _refuse_twins(cls, hooks: tuple[HookSettings, ...]) -> tuple[HookSettings, ...]:
        if len({hook.name for hook in hooks}) < len(hooks):
            raise ValueError("two hooks have the same name")
        return hooks


class DemoSettings(Section):
    """The people of the demo, made at the start if they are not there."""

    enabled: bool = False


class Settings(BaseSettings):
    """All of them; `load_settings` reads them, `Settings()` is the defaults."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__")

    matrix: MatrixSettings = Field(default_factory=MatrixSettings)
    bridge: BridgeSettings = Field(default_factory=BridgeSettings)
    accounts: AccountsSettings = Field(default_factory=AccountsSettings)
    desk: DeskSettings = Field(default_factory=DeskSettings)
    gateway: GatewaySettings = Field(default_factory=GatewaySettings)
    webhooks: WebhookSettings = Field(default_factory=WebhookSettings)
    demo: DemoSettings = Field(default_factory=DemoSettings)

    @property
    def robots(self) -> tuple[RobotSettings, ...]:
        """The robots that there are: those in development only if they are to be shown."""
        return tuple(each for each in self.desk.robots if self.matrix.development_robots or not each.development)

    @property
    def guests_log_in_to_matrix(self) -> bool:
        """Whether guests with an account here may use a Matrix client; in the demo it is meant to be tried."""
        return self.accounts.matrix_login_for_guests or self.demo.enabled

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Nothing but what `load_settings` found in the environment it was given."""
        return (init_settings,)


class _Environment(EnvSettingsSource):
    """The environment as an argument. What is no JSON where JSON belongs is left for the field to complain about."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        super().__init__(Settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._environ.items()}

    def decode_complex_value(self, field_name: str, field: Any, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read environment and file.

    :raises BadSettings: naming every option that is wrong, not only the first.
    """
    faults: list[str] = []
    given = _load_file(environ, faults)
    faults += [f"{name}: there is no such section" for name in sorted(_sections(environ, given) - _known())]
    given = {section: keys for section, keys in given.items() if section in Settings.model_fields and keys is not None}
    for name, (section, key) in PLAIN.items():
        if environ.get(name):
            _put(given, section, {key: environ[name]})
    for section, keys in _Environment(environ)().items():
        _put(given, section, keys)
    try:
        settings = Settings(**given)
    except ValidationError as invalid:
        for fault in invalid.errors(include_url=False, include_input=False):
            if fault["type"] != "default_factory_not_called":  # what it rests on is named already
                faults.append(f"{_name(fault['loc'], environ)}: {fault['msg'].removeprefix('Value error, ')}")
    if faults:
        raise BadSettings(faults)
    return settings


def _load_file(environ: Mapping[str, str], faults: list[str]) -> dict[str, Any]:
    named = environ.get("CHAPERONE_CONFIG")
    path = Path(named) if named else Path(environ.get("CHAPERONE_DATA") or "var") / "chaperone.yaml"
    if not named and not path.exists():
        return {}
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as unreadable:
        faults.append(f"{path}: cannot be read: {unreadable}")
        return {}
    if content is None:
        return {}
    if not isinstance(content, dict):
        faults.append(f"{path}: has no sections; it should begin like “matrix:”")
        return {}
    return {str(section): keys for section, keys in content.items()}


def _sections(environ: Mapping[str, str], file: Mapping[str, Any]) -> set[str]:
    in_environment = {
        name.removeprefix(PREFIX).partition("__")[0].lower() for name in environ if name.startswith(PREFIX)
    }
    return in_environment | set(file)


def _known() -> set[str]:
    return set(Settings.model_fields) | OTHERS


def _put(given: dict[str, Any], section: str, keys: Any) -> None:
    """Lay keys over a section. What is no mapping replaces it, and is found wanting afterwards."""
    below = given.get(section)
    given[section] = below | keys if isinstance(below, dict) and isinstance(keys, dict) else keys


def _name(loc: tuple[int | str, ...], environ: Mapping[str, str]) -> str:
    name = ".".join(str(part) for part in loc)
    for plain, option in PLAIN.items():
        if option == loc and environ.get(plain):
            return f"{name} ({plain})"
    return name
