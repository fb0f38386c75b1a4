"""What homeserver.yaml tells the policy module, parsed once when Synapse reads its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from homeserver.errors import SettingsFaults
from policies.names import RoomAlias, ServerName, UserId
from policies.people import domain_of


@dataclass(frozen=True, slots=True)
class ModuleConfig:
    """The module's own settings, with the secrets read."""

    bot: UserId
    policy_alias: RoomAlias
    appservice_url: str
    module_secret: str
    robots_secret: str

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
