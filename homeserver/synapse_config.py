"""Synapse's configuration as a value. What differs from Synapse's defaults differs for a reason written here.

Left alone on purpose:

    delete_stale_devices_after   ghosts' devices are used through the application service, which does not count as use
    rate limits                  except those below; the bot and ghosts are exempt by the registration, staff and robots
                                 by `ratelimit_override` once the bridge lists them
    experimental_features        nothing we do needs one
"""

from __future__ import annotations

from typing import Any, Final

from homeserver.layout import Layout
from homeserver.settings import Settings, parse_size

MODULE: Final = "homeserver.policy_module.PolicyModule"
JWT_ISSUER: Final = "chaperone"
JWT_AUDIENCE: Final = "matrix"
FEDERATION_TAG: Final = "federation"
"""By it `secret_resource` knows a request that came in by the listener for other servers."""
ROOM_VERSION: Final = "12"
"""Its creator has power that nobody can take, and its ids carry no server name."""


def build_synapse_config(settings: Settings, layout: Layout, jwt_public_key: str) -> dict[str, Any]:
    """Content of homeserver.yaml.

    :param jwt_public_key: PEM of the key by which tokens of people are verified.
    """
    return {
        "server_name": settings.server_name,
        "public_baseurl": f"{settings.public_url}/",
        "listeners": _build_listeners(settings),
        "database": {"name": "sqlite3", "args": {"database": str(layout.database)}},
        "log_config": str(layout.log_config),
        "signing_key_path": str(layout.signing_key),
        "macaroon_secret_key_path": str(layout.secret("macaroon_secret")),
        "form_secret_path": str(layout.secret("form_secret")),
        "app_service_config_files": [str(layout.registration)],
        "modules": [{"module": MODULE, "config": build_module_config(settings, layout)}],
        **_build_accounts(jwt_public_key),
        **_build_privacy(settings),
        **_build_rooms(),
        **_build_media(settings, layout),
        **_build_rate_limits(),
        **_build_federation(settings),
    }


def build_module_config(settings: Settings, layout: Layout) -> dict[str, Any]:
    """What the policy module is told; read back by `module_config.parse_module_config`."""
    return {
        "bot": settings.bot,
        "policy_alias": settings.policy_alias,
        "appservice_url": settings.appservice_url,
        "module_secret_path": str(layout.secret("module_secret")),
        "robots_secret_path": str(layout.secret("robots_secret")),
        "uploads": {
            "largest": parse_size(settings.homeserver.max_upload),
            "largest_of_guests": parse_size(settings.homeserver.guest_max_upload),
            "daily_of_guests": parse_size(settings.homeserver.guest_daily_upload),
        },
        # without it the module is no policy server
        **({"policy_key_path": str(layout.policy_keys)} if settings.homeserver.federation.enabled else {}),
    }


def build_log_config(settings: Settings) -> dict[str, Any]:
    """Content of log.yaml: to standard error, where whoever started Synapse keeps it."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "format": "%(asctime)s level=%(levelname)s logger=%(name)s request=%(request)s %(message)s",
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "loggers": {
            # below INFO Synapse writes the parameters of every query
            "synapse.storage.SQL": {"level": "INFO"},
            # and here the bodies of its own requests, passwords on their way to the bridge among them
            "synapse.http.client": {"level": "INFO"},
            # our own module says little, and what it says is wanted whatever Synapse's level is
            "homeserver": {"level": "INFO"},
        },
        "root": {"level": settings.homeserver.log_level, "handlers": ["stderr"]},
    }


def _build_listeners(settings: Settings) -> list[dict[str, Any]]:
    ours = settings.homeserver
    listeners: list[dict[str, Any]] = [
        {
            "type": "http",
            "port": ours.port,
            "bind_addresses": [ours.bind],
            "tls": False,
            "x_forwarded": ours.behind_proxy,
            "resources": [{"names": ["client"], "compress": False}],
        }
    ]
    if ours.federation.enabled:
        listeners.append(
            {
                "type": "http",
                "tag": FEDERATION_TAG,
                "port": ours.federation.port,
                "bind_addresses": [ours.federation.bind or ours.bind],
                "tls": ours.federation.tls_certificate_path is not None,
                "x_forwarded": ours.behind_proxy,
                "resources": [{"names": ["federation"], "compress": False}],
            }
        )
    return listeners


def _build_accounts(jwt_public_key: str) -> dict[str, Any]:
    """Synapse keeps no password and lets nobody register: accounts are made by the bridge, through the module."""
    return {
        "enable_registration": False,
        "allow_guest_access": False,
        "enable_3pid_changes": False,
        "enable_3pid_lookup": False,
        "password_config": {"enabled": True, "localdb_enabled": False},
        "jwt_config": {
            "enabled": True,
            "algorithm": "EdDSA",
            "secret": jwt_public_key,
            "subject_claim": "sub",
            "issuer": JWT_ISSUER,
            "audiences": [JWT_AUDIENCE],
        },
    }


def _build_privacy(settings: Settings) -> dict[str, Any]:
    """Nobody is found, looked up or watched by somebody who shares no room with them; nothing is reported home."""
    return {
        "report_stats": False,
        "presence": {"enabled": settings.homeserver.presence},
        "require_auth_for_profile_requests": True,
        "limit_profile_requests_to_users_who_share_rooms": True,
        "allow_profile_lookup_over_federation": False,
        "allow_per_room_profiles": False,
        "user_directory": {"enabled": True, "search_all_users": False, "prefer_local_users": True},
        "allow_public_rooms_without_auth": False,
        "allow_public_rooms_over_federation": False,
        "enable_room_list_search": False,
        "room_list_publication_rules": [{"action": "deny"}],
    }


def _build_rooms() -> dict[str, Any]:
    """Policy, robots and guests' pages must be able to read the rooms of issues, so clients are told not to encrypt."""
    return {
        "default_room_version": ROOM_VERSION,
        "encryption_enabled_by_default_for_room_type": "off",
        "extra_well_known_client_content": {"io.element.e2ee": {"default": False}},
    }


def _build_media(settings: Settings, layout: Layout) -> dict[str, Any]:
    """A preview of a link would be a request from our network for whoever posts the link."""
    return {
        "media_store_path": str(layout.media),
        "max_upload_size": settings.homeserver.max_upload,
        "enable_authenticated_media": True,
        "url_preview_enabled": False,
        "dynamic_thumbnails": False,
    }


def _build_rate_limits() -> dict[str, Any]:
    """Synapse lets one address log in five times and then every five minutes; robots start, and offices log in,
    from one address. Guessing is still held up by the limit for failed attempts, and again by the bridge's.
    """
    return {
        "rc_login": {
            "address": {"per_second": 1, "burst_count": 50},
            "account": {"per_second": 0.1, "burst_count": 20},
        }
    }


def _build_federation(settings: Settings) -> dict[str, Any]:
    federation = settings.homeserver.federation
    options: dict[str, Any] = {"trusted_key_servers": [], "suppress_key_server_warning": True}
    if not federation.enabled:
        return {**options, "federation_domain_whitelist": []}
    if federation.tls_certificate_path is not None:
        options |= {
            "tls_certificate_path": str(federation.tls_certificate_path),
            "tls_private_key_path": str(federation.tls_private_key_path),
        }
    return {**options, "federation_domain_whitelist": list(federation.domains)} if federation.domains else options
