"""Posts to other systems: where they go, whether they are safe there, and what gets lost on the way.

An address may hold a secret, so no finding quotes more of it than its host.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from bots.diagnostics.action import Webhook
from bots.diagnostics.form import Form, Resource
from bots.diagnostics.labels import find_fields_by_name
from bots.diagnostics.logic import find_reachable
from bots.diagnostics.makers.maker import Maker
from bots.diagnostics.observations import Code, Level, Observation, ObservationClass
from bots.diagnostics.sending import explain_never
from bots.diagnostics.values import shown

_CONFIGURATION: Final = ObservationClass.CONFIGURATION

W01: Final = Code("W01", Level.ERROR, _CONFIGURATION, "A webhook has no address to post to")
W02: Final = Code("W02", Level.ERROR, _CONFIGURATION, "A webhook posts without encryption")
W03: Final = Code("W03", Level.ERROR, _CONFIGURATION, "A webhook posts to where nobody can reach it")
W04: Final = Code("W04", Level.WARN, _CONFIGURATION, "A webhook does not show who it is from")
W05: Final = Code("W05", Level.WARN, _CONFIGURATION, "A webhook has a secret in its address")
W06: Final = Code("W06", Level.ERROR, _CONFIGURATION, "A webhook loses fields of the same name")
W07: Final = Code("W07", Level.ERROR, _CONFIGURATION, "Two webhooks post the same twice")
W08: Final = Code("W08", Level.ERROR, _CONFIGURATION, "A webhook is never called")
W09: Final = Code("W09", Level.INFO, _CONFIGURATION, "A webhook posts to a service for trying things out")
W10: Final = Code("W10", Level.INFO, _CONFIGURATION, "A webhook flattens what is more than a value")

TEST_HOSTS: Final = ("webhook.site", "requestbin.com", "pipedream.net", "ngrok.io", "ngrok-free.app", "beeceptor.com")
SECRET_NAMES: Final = re.compile(r"key|token|secret|passw|auth|signature", re.IGNORECASE)
NESTED_TYPES: Final = frozenset({"file", "matrix", "table"})


def _posting(form: Form) -> Iterator[tuple[Webhook, SplitResult]]:
    """Each webhook with an address that can be taken apart."""
    for each in form.webhooks or ():
        if parts := _parse_url(each.url):
            yield each, parts


def _parse_url(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        is_absolute = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return None
    return parts if is_absolute and not re.search(r"\s", url) else None


def find_webhooks_without_address(form: Form) -> Iterator[Observation]:
    """W01: not a whole http or https address."""
    for each in form.webhooks or ():
        if _parse_url(each.url) is None:
            fault = "has an address that is none" if each.url else "has no address"
            yield W01.found(each.subject, f"{each.called} {fault}. Give it a whole one, beginning with https://.")


def find_unencrypted_webhooks(form: Form) -> Iterator[Observation]:
    """W02: whoever is on the way can read it."""
    for each, parts in _posting(form):
        if parts.scheme.lower() == "http":
            yield W02.found(
                each.subject,
                f"{each.called} posts to {shown(parts.hostname or '')} without encryption, so anybody on the way can "
                "read what was submitted. Use https://.",
            )


def find_unreachable_webhooks(form: Form) -> Iterator[Observation]:
    """W03: a name or address that means something only where it was written."""
    for each, parts in _posting(form):
        host = (parts.hostname or "").rstrip(".").casefold()
        if _is_private(host):
            yield W03.found(
                each.subject,
                f"{each.called} posts to {shown(host)}, which the vendor’s servers cannot reach. Use a public address.",
            )


def _is_private(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".lan")):
        return True
    try:
        return not ip_address(host).is_global
    except ValueError:
        return False


def find_unauthenticated_webhooks(form: Form) -> Iterator[Observation]:
    """W04: the receiver cannot tell a submission from a forgery."""
    for each in form.webhooks or ():
        if not each.is_authenticated:
            yield W04.found(
                each.subject,
                f"{each.called} has neither a handshake key nor a signature, so its receiver takes posts from anybody. "
                "Set one, and check it there.",
            )


def find_secrets_in_addresses(form: Form) -> Iterator[Observation]:
    """W05: addresses are written into logs on both sides."""
    for each, parts in _posting(form):
        named = [name for name, value in parse_qsl(parts.query[:10_000]) if value and SECRET_NAMES.search(name)]
        if parts.password or named:
            what = f"“{shown(named[0])}”" if named else "a password"
            yield W05.found(
                each.subject,
                f"{each.called} carries {what} in its address, where logs on both sides keep it. Use the "
                "handshake key.",
            )


def find_lost_fields(form: Form) -> Iterator[Observation]:
    """W06: of fields with the same name only the last one arrives, if they are posted by name."""
    groups = find_fields_by_name(form)
    count = sum(len(sharing) - 1 for sharing in groups)
    lost = tuple(field.subject for sharing in groups for field in sharing)
    for each in form.webhooks or ():
        if each.posts_by_name and groups:
            yield W06.found(
                each.subject,
                f"{each.called} posts by name, and fields share names, so what is entered in {count} of them never "
                f"arrives, {groups[0][0].called} among them. Rename them, or post by field id.",
                related=lost,
                data={"lost": count},
            )


def find_webhooks_twice(form: Form) -> Iterator[Observation]:
    """W07: the same address under the same conditions."""
    seen: dict[tuple[object, ...], Webhook] = {}
    for each in form.webhooks or ():
        first = seen.setdefault((each.url, each.logic), each)
        if first is not each and each.url:
            yield W07.found(
                each.subject,
                f"{each.called} posts to the same address under the same conditions as {first.called}, so everything "
                "arrives there twice. Remove one.",
                related=[first.subject],
            )


def find_webhooks_never_called(form: Form) -> Iterator[Observation]:
    """W08: its conditions cannot come true. What is wrong with single checks has codes of its own (L01, L05, L07)."""
    reachable = find_reachable(form)
    for each in form.webhooks or ():
        if why := explain_never(each, form, reachable):
            yield W08.found(each.subject, f"{each.called} is never called, because {why}. Change its logic.")


def find_test_hosts(form: Form) -> Iterator[Observation]:
    """W09: fine for trying, and readable by others."""
    for each, parts in _posting(form):
        host = (parts.hostname or "").casefold()
        if any(host == test or host.endswith(f".{test}") for test in TEST_HOSTS):
            yield W09.found(
                each.subject,
                f"{each.called} posts to {shown(host)}, a service for trying webhooks out, where others may read "
                "along. Remove it from a live form.",
            )


def find_flattened_fields(form: Form) -> Iterator[Observation]:
    """W10: lists and tables in a format that has none."""
    nested = [field for field in form.by_id.values() if field.type in NESTED_TYPES]
    for each in form.webhooks or ():
        if nested and each.content_type == "urlencoded":
            yield W10.found(
                each.subject,
                f"{each.called} posts URL-encoded, and {nested[0].called} holds more than one value. JSON keeps "
                "them apart.",
                related=[field.subject for field in nested],
            )


WEBHOOKS: Final = Maker(
    "webhooks",
    frozenset({Resource.FIELDS, Resource.WEBHOOKS}),
    (
        find_webhooks_without_address,
        find_unencrypted_webhooks,
        find_unreachable_webhooks,
        find_unauthenticated_webhooks,
        find_secrets_in_addresses,
        find_lost_fields,
        find_webhooks_twice,
        find_webhooks_never_called,
        find_test_hosts,
        find_flattened_fields,
    ),
)
