"""The secrets, read from the files that the settings name, and held apart from the settings.

Whatever prints, dumps or documents the settings can therefore never print a secret; and printing `Secrets` shows
names only. `python -m homeserver render` makes the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bridge.config import HookSettings, Settings
from bridge.errors import BadSettings

SHORTEST: Final = 16
"""Characters of a secret that people choose."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What proves who the bridge is. `demo_password` is None unless the demo is enabled. `hooks` are by name."""

    as_token: str = field(repr=False)
    hs_token: str = field(repr=False)
    module_secret: str = field(repr=False)
    form_secret: str = field(repr=False)
    jwt_private_pem: str = field(repr=False)
    demo_password: str | None = field(repr=False)
    hooks: Mapping[str, str] = field(default_factory=dict, repr=False)
    robots_secret: str | None = field(default=None, repr=False)
    """None where it is not there: robots may be run elsewhere."""


def load_secrets(settings: Settings) -> Secrets:
    """Read every secret the bridge needs.

    :raises BadSettings: naming every file that is missing, unreadable or empty.
    """
    bridge = settings.bridge
    files = {
        "bridge.as_token_file": bridge.as_token_file,
        "bridge.hs_token_file": bridge.hs_token_file,
        "bridge.module_secret_file": bridge.module_secret_file,
        "bridge.form_secret_file": bridge.form_secret_file,
        "bridge.jwt_private_file": bridge.jwt_private_file,
    }
    if bridge.robots_secret_file.exists():
        files["bridge.robots_secret_file"] = bridge.robots_secret_file
    if settings.demo.enabled:
        files["bridge.demo_password_file"] = bridge.demo_password_file
    hooks = {hook.name: _option_of(hook) for hook in settings.webhooks.hooks}
    read = _read(files | {_option_of(hook): hook.secret_file for hook in settings.webhooks.hooks})
    short = [option for option in hooks.values() if len(read[option]) < SHORTEST]
    if short:
        raise BadSettings([f"{option}: has less than {SHORTEST} characters" for option in short])
    return Secrets(
        as_token=read["bridge.as_token_file"],
        hs_token=read["bridge.hs_token_file"],
        module_secret=read["bridge.module_secret_file"],
        form_secret=read["bridge.form_secret_file"],
        jwt_private_pem=read["bridge.jwt_private_file"],
        demo_password=read.get("bridge.demo_password_file"),
        robots_secret=read.get("bridge.robots_secret_file"),
        hooks={name: read[option] for name, option in hooks.items()},
    )


def _option_of(hook: HookSettings) -> str:
    return f"webhooks.hooks.{hook.name}.secret_file"


def _read(files: Mapping[str, Path]) -> dict[str, str]:
    faults, read = [], {}
    for option, path in files.items():
        try:
            read[option] = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as unreadable:
            reason = unreadable.strerror if isinstance(unreadable, OSError) else "is not text"
            faults.append(f"{option}: {path}: {reason}")
            continue
        if not read[option]:
            faults.append(f"{option}: {path} is empty")
    if faults:
        raise BadSettings([*faults, "“python -m homeserver render” makes what is missing"])
    return read
