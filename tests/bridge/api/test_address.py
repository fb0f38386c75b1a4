from __future__ import annotations

from ipaddress import ip_network

import pytest

from bridge.api.address import address_of

OURS = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        pytest.param("203.0.113.9", [], "203.0.113.9", id="who is connected"),
        pytest.param("203.0.113.9", ["198.51.100.7"], "203.0.113.9", id="not what a stranger claims"),
        pytest.param("10.0.0.1", ["198.51.100.7"], "198.51.100.7", id="whom our proxy names"),
        pytest.param("10.0.0.1", ["198.51.100.7, 10.0.0.2"], "198.51.100.7", id="behind two of our proxies"),
        pytest.param("10.0.0.1", ["198.51.100.7", "10.0.0.2"], "198.51.100.7", id="in two headers"),
        pytest.param("10.0.0.1", ["1.1.1.1, 198.51.100.7"], "198.51.100.7", id="not what the client claims"),
        pytest.param("10.0.0.1", ["198.51.100.7, rubbish"], "10.0.0.1", id="no further than what can be read"),
        pytest.param("10.0.0.1", [""], "10.0.0.1", id="an empty header"),
        pytest.param("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3", id="where all are ours the furthest"),
        pytest.param("10.0.0.1", ["198.51.100.7:4711"], "198.51.100.7", id="with a port"),
        pytest.param("fd00::1", ["[2001:db8::7]:4711"], "2001:db8::7", id="IPv6 with a port"),
        pytest.param("::ffff:10.0.0.1", ["::ffff:198.51.100.7"], "198.51.100.7", id="IPv4 in IPv6"),
        pytest.param(None, ["198.51.100.7"], None, id="nobody is known to be connected"),
    ],
)
def test_the_nearest_who_is_no_proxy_of_ours_is_who_asks(
    peer: str | None, forwarded: list[str], address: str | None
) -> None:
    assert address_of(peer, forwarded, OURS) == address


def test_a_header_without_end_is_not_read_to_its_end() -> None:
    assert address_of("10.0.0.1", ["198.51.100.7" + ", 10.0.0.2" * 100_000], OURS) == "10.0.0.2"
