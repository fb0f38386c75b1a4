"""Where Synapse's side keeps its files below CHAPERONE_DATA; bridge and robots read the same secrets by these names.

homeserver/  homeserver.yaml registration.yaml log.yaml signing.key homeserver.db media/
secrets/     as_token hs_token module_secret robots_secret macaroon_secret form_secret demo_password
             jwt_private.pem jwt_public.pem policy.keys
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

RANDOM_SECRETS: Final = ("as_token", "hs_token", "module_secret", "robots_secret", "macaroon_secret", "form_secret")
DEMO_PASSWORD: Final = "demo_password"  # noqa: S105 - the name of a file, not what is in it


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths below one data directory, which is absolute."""

    data: Path

    @property
    def homeserver(self) -> Path:
        """Synapse's own directory."""
        return self.data / "homeserver"

    @property
    def secrets(self) -> Path:
        """One secret a file."""
        return self.data / "secrets"

    def secret(self, name: str) -> Path:
        """The file of one secret."""
        return self.secrets / name

    @property
    def jwt_private_key(self) -> Path:
        """Signs the tokens of people; read by the bridge only."""
        return self.secrets / "jwt_private.pem"

    @property
    def jwt_public_key(self) -> Path:
        """Verifies them, here and wherever the bridge publishes it."""
        return self.secrets / "jwt_public.pem"

    @property
    def signing_key(self) -> Path:
        """What the homeserver signs events with; losing it means losing the server's identity."""
        return self.homeserver / "signing.key"

    @property
    def policy_keys(self) -> Path:
        """What the policy server signs with, newest first. Unlike the homeserver's own key it can be replaced."""
        return self.secrets / "policy.keys"

    @property
    def config(self) -> Path:
        """Synapse's configuration."""
        return self.homeserver / "homeserver.yaml"

    @property
    def registration(self) -> Path:
        """The application service's registration."""
        return self.homeserver / "registration.yaml"

    @property
    def log_config(self) -> Path:
        """Python's logging configuration for Synapse."""
        return self.homeserver / "log.yaml"

    @property
    def database(self) -> Path:
        """Synapse's SQLite file."""
        return self.homeserver / "homeserver.db"

    @property
    def media(self) -> Path:
        """Uploaded files."""
        return self.homeserver / "media"
