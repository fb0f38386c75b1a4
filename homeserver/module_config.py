"""What homeserver.yaml tells the policy module, parsed once when Synapse reads its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from signedjson.types import SigningKey

from homeserver.errors import SettingsFaults
from homeserver.keys import parse_policy_keys
from policies.names import RoomAlias, ServerName, UserId
from policies.people import domain_of
from policies.uploads import UploadLimits


@dataclass(frozen=True, slots=True)
class ModuleConfig:
    """The module's own settings, with the secrets read."""

    bot: UserId
    policy_alias: RoomAlias
    appservice_url: str
    module_secret: str
    robots_secret: str
    policy_keys: tuple[SigningKey, ...] = field(default=(), repr=False)
    """Newest first; none if there are no other servers for us."""
    uploads: UploadLimits = field(default_factory=UploadLimits)

    @property
    def server_name(self) -> ServerName:
        """The homeserver's name."""
        return domain_of(self.bot)


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    bot: Annotated[str, Field(pattern=r"^@[^:]+:.+$")]
    policy_alias: Annotated[str, Field(pattern=r"^#[^:]+:.+$")]
    appservice_url: Annotated[str, Field(pattern=r"^https?://")]
    module_secret_path: Path
    robots_secret_path: Path
    policy_key_path: Path | None = None
    uploads: UploadLimits = UploadLimits()


def parse_module_config(config: Mapping[str, Any]) -> ModuleConfig:
    """Read the module's options and the secrets they point to.

    :raises SettingsFaults: naming every option that is wrong.
    """
    try:
        options = _Options.model_validate(dict(config))
    except ValidationError as invalid:
        raise SettingsFaults(
            [
                f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
                for fault in invalid.errors(include_url=False, include_input=False)
            ]
        ) from invalid
    faults: list[str] = []
    read = {
        name: _read_secret(name, path, faults)
        for name, path in (
            ("module_secret_path", options.module_secret_path),
            ("robots_secret_path", options.robots_secret_path),
        )
    }
    policy_keys = _read_policy_keys(options.policy_key_path, faults) if options.policy_key_path else ()
    if domain_of(UserId(options.bot)) != options.policy_alias.partition(":")[2]:
        faults.append("policy_alias: is not on the bot's server")
    if faults:
        raise SettingsFaults(faults)
    return ModuleConfig(
        bot=UserId(options.bot),
        policy_alias=RoomAlias(options.policy_alias),
        appservice_url=options.appservice_url.rstrip("/"),
        module_secret=read["module_secret_path"],
        robots_secret=read["robots_secret_path"],
        policy_keys=policy_keys,
        uploads=options.uploads,
    )


def _read_secret(option: str, path: Path, faults: list[str]) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        faults.append(f"{option}: {path} cannot be read: {fault}")
        return ""
    if not secret:
        faults.append(f"{option}: {path} is empty, and an empty secret would let everybody in")
    return secret


def _read_policy_keys(path: Path, faults: list[str]) -> tuple[SigningKey, ...]:
    content = _read_secret("policy_key_path", path, faults)
    try:
        return tuple(parse_policy_keys(content)) if content else ()
    except ValueError as fault:
        faults.append(f"policy_key_path: {path} {fault}")
        return ()
