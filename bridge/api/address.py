"""Whom a request comes from, behind proxies too: what limits count.

    client ─▶ proxy b ─▶ proxy a ─▶ us           X-Forwarded-For: (what the client claims), client, b
                                                 read from the right while who says so is trusted ◀──┘

Anybody can send the header. So it is read only if the one who is connected is a proxy of the settings, and only as far
as each who added to it is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MOST_HOPS: Final = 32


def parse_address(text: str) -> Address | None:
    """An address, perhaps with brackets and a port; None if it is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def address_of(peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]) -> str | None:
    """Who asks: the nearest that is no proxy of ours.

    :param peer: who is connected.
    :param forwarded: the X-Forwarded-For headers in their order.
    """
    nearest = parse_address(peer or "")
    if nearest is None or not _is_one_of(nearest, trusted):
        return peer
    hops = [hop for header in forwarded for hop in header.split(",")]
    for hop in reversed(hops[-MOST_HOPS:]):
        further = parse_address(hop)
        if further is None:
            break  # whoever wrote this is the last we know
        nearest = further
        if not _is_one_of(nearest, trusted):
            break
    return str(nearest)


def _is_one_of(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
