"""Rendering: everything Synapse and its neighbours need on disk, made once and never overwritten.

Each file comes into being whole or not at all, and the ones that quote others come after them:

    secrets, JWT pair, signing key ──▶ log.yaml ──▶ registration.yaml (quotes tokens) ──▶ homeserver.yaml (quotes all)
       .partial, fsync, rename                                                             last: if it is there, all is

A render that was killed leaves a prefix of this chain; the next one keeps what is there and makes the rest. What is
there is also never corrected: `find_faults` names what contradicts itself, `find_changes` what settings ask for now.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from homeserver.errors import RenderFault
from homeserver.keys import (
    jwt_public_key,
    make_jwt_private_key,
    make_password,
    make_policy_keys,
    make_secret,
    make_signing_key,
    parse_policy_keys,
)
from homeserver.layout import DEMO_PASSWORD, RANDOM_SECRETS, Layout
from homeserver.registration import build_registration
from homeserver.settings import Settings
from homeserver.synapse_config import build_log_config, build_synapse_config

HEADER = "# Rendered once by `python -m homeserver render`, never overwritten. Yours to edit.\n"


def render(settings: Settings) -> list[Path]:
    """Make whatever is missing.

    :returns: the files that were made now.
    :raises RenderFault: if a file cannot be made, or an old one does not fit.
    """
    layout = Layout(settings.data)
    for directory in (layout.data, layout.homeserver, layout.secrets):
        _make_directory(directory)
    with _nobody_else(layout.data):
        return [path for path, make in _files(settings, layout) if _write_once(path, make)]


def _files(settings: Settings, layout: Layout) -> list[tuple[Path, Callable[[], str]]]:
    return [
        *((layout.secret(name), make_secret) for name in RANDOM_SECRETS),
        (layout.secret(DEMO_PASSWORD), make_password),
        (layout.jwt_private_key, lambda: _make_jwt_private_key(layout)),
        (layout.jwt_public_key, lambda: _read_jwt_public_key(layout)),
        (layout.signing_key, make_signing_key),
        *([(layout.policy_keys, make_policy_keys)] if settings.homeserver.federation.enabled else []),
        (layout.log_config, lambda: _as_yaml(build_log_config(settings))),
        (layout.registration, lambda: _as_yaml(_registration(settings, layout))),
        (layout.config, lambda: _as_yaml(_config(settings, layout))),
    ]


def rotate_policy_key(settings: Settings) -> Path:
    """Put a new policy key before the newest, which is kept for the rooms that still name it.

    :raises RenderFault: if there is none yet, or the file cannot be written.
    """
    path = Layout(settings.data).policy_keys
    with _nobody_else(settings.data):
        try:
            rotated = make_policy_keys(_read(path))
        except ValueError as fault:
            raise RenderFault(path, str(fault)) from fault
        _write(path, rotated)
    return path


def _make_jwt_private_key(layout: Layout) -> str:
    if layout.jwt_public_key.exists():
        raise RenderFault(layout.jwt_private_key, f"is gone, but {layout.jwt_public_key.name} is there: restore it")
    return make_jwt_private_key()


def _read_jwt_public_key(layout: Layout) -> str:
    try:
        return jwt_public_key(_read(layout.jwt_private_key))
    except ValueError as fault:
        raise RenderFault(layout.jwt_private_key, str(fault)) from fault


def _registration(settings: Settings, layout: Layout) -> dict[str, Any]:
    return build_registration(
        server_name=settings.server_name,
        bot=settings.matrix.bot,
        url=settings.appservice_url,
        as_token=_read(layout.secret("as_token")),
        hs_token=_read(layout.secret("hs_token")),
    )


def _config(settings: Settings, layout: Layout) -> dict[str, Any]:
    return build_synapse_config(settings, layout, _read(layout.jwt_public_key) + "\n")


def find_faults(settings: Settings) -> list[str]:
    """What is missing, readable by others, or contradicts itself; empty if Synapse can be started."""
    layout = Layout(settings.data)
    files = [path for path, _ in _files(settings, layout)]
    missing = [f"{path}: is missing; `python -m homeserver render` makes it" for path in files if not path.is_file()]
    if missing:
        return missing
    faults = [
        f"{path}: can be read by others; chmod 600 it"
        for path in files
        if stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    try:
        if _read_jwt_public_key(layout) != _read(layout.jwt_public_key) + "\n":
            faults.append(f"{layout.jwt_public_key}: does not belong to {layout.jwt_private_key.name}")
        registered = _load_yaml(layout.registration)
        faults += [
            f"{layout.registration}: {token} is not what secrets/{token} says"
            for token in ("as_token", "hs_token")
            if registered.get(token) != _read(layout.secret(token))
        ]
        if layout.policy_keys in files:
            parse_policy_keys(_read(layout.policy_keys))
    except RenderFault as fault:
        faults.append(str(fault))
    except ValueError as fault:
        faults.append(f"{layout.policy_keys}: {fault}")
    return faults


def find_changes(settings: Settings) -> list[str]:
    """Options whose rendered value is not what the settings would give now: edited by hand, or settings changed."""
    layout = Layout(settings.data)
    return [
        f"{path.name}: {option}"
        for path, wanted in (
            (layout.log_config, build_log_config(settings)),
            (layout.registration, _registration(settings, layout)),
            (layout.config, _config(settings, layout)),
        )
        for option in _differences(_load_yaml(path), wanted)
    ]


def _differences(rendered: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    return sorted(o for o in rendered.keys() | wanted.keys() if rendered.get(o) != wanted.get(o))


def _as_yaml(content: Mapping[str, Any]) -> str:
    return HEADER + yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True)


def _load_yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(_read(path))
    except yaml.YAMLError as fault:
        raise RenderFault(path, f"is not YAML: {fault}") from fault
    if not isinstance(content, dict):
        raise RenderFault(path, "has no options")
    return content


def _read(path: Path) -> str:
    try:
        content = path.read_text(encoding="utf-8").strip()
    except OSError as fault:
        raise RenderFault(path, fault.strerror or str(fault)) from fault
    if not content:
        raise RenderFault(path, "is empty")
    return content


def _make_directory(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise RenderFault(path, fault.strerror or str(fault)) from fault


@contextmanager
def _nobody_else(data: Path) -> Iterator[None]:
    """Two renders at once would each make a key and one would win; the second one waits and finds all done."""
    descriptor = os.open(data / ".render.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write_once(path: Path, make: Callable[[], str]) -> bool:
    if path.exists():
        return False
    _write(path, make())
    return True


def _write(path: Path, content: str) -> None:
    content = content.rstrip("\n") + "\n"
    partial = path.with_name(f".{path.name}.partial")
    try:
        descriptor = os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as fault:
        raise RenderFault(path, fault.strerror or str(fault)) from fault
