from __future__ import annotations

from collections.abc import Sequence

import pytest

from bridge.webhooks.addresses import AddressRefused, CheckedResolver, is_public, resolve_by_system


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::200e"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="this machine"),
        pytest.param("127.8.9.10", id="this machine too"),
        pytest.param("0.0.0.0", id="any"),
        pytest.param("10.1.2.3", id="private"),
        pytest.param("172.16.0.1", id="private too"),
        pytest.param("192.168.1.1", id="a home's"),
        pytest.param("100.64.0.1", id="a carrier's"),
        pytest.param("169.254.169.254", id="a cloud's metadata"),
        pytest.param("192.0.0.8", id="protocol assignments"),
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("240.0.0.1", id="reserved"),
        pytest.param("255.255.255.255", id="broadcast"),
        pytest.param("::1", id="this machine, IPv6"),
        pytest.param("::", id="any, IPv6"),
        pytest.param("fd00::1", id="unique local"),
        pytest.param("fe80::1", id="link-local"),
        pytest.param("fe80::1%eth0", id="link-local with its link"),
        pytest.param("ff02::1", id="multicast, IPv6"),
        pytest.param("::ffff:127.0.0.1", id="IPv4-mapped"),
        pytest.param("::ffff:10.0.0.1", id="IPv4-mapped private"),
        pytest.param("::127.0.0.1", id="IPv4-compatible"),
        pytest.param("64:ff9b::7f00:1", id="NAT64"),
        pytest.param("2002:7f00:1::", id="6to4"),
        pytest.param("2001:0:1::", id="Teredo"),
        pytest.param("2001:db8::1", id="documentation"),
        pytest.param("localhost", id="no address at all"),
    ],
)
def test_all_others_are_not(address: str) -> None:
    assert not is_public(address)


def resolver(*addresses: str, allow_private: bool = False) -> CheckedResolver:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return CheckedResolver(resolve, allow_private=allow_private)


async def test_a_name_is_at_all_of_its_public_addresses() -> None:
    found = await resolver("8.8.8.8", "2606:4700::1111").resolve("hooks.example.org", 443)
    assert [one["host"] for one in found] == ["8.8.8.8", "2606:4700::1111"]


async def test_a_name_with_one_private_address_is_refused() -> None:
    with pytest.raises(AddressRefused, match=r"10\.0\.0\.1"):
        await resolver("8.8.8.8", "10.0.0.1").resolve("hooks.example.org", 443)


async def test_a_name_without_addresses_is_a_fault() -> None:
    with pytest.raises(OSError, match="no address"):
        await resolver().resolve("hooks.example.org", 443)


async def test_private_addresses_are_found_where_they_are_allowed() -> None:
    [found] = await resolver("10.0.0.1", allow_private=True).resolve("hooks.example.org", 443)
    assert found["host"] == "10.0.0.1"


@pytest.mark.parametrize("name", ["127.1", "0x7f.1", "2130706433"])
async def test_odd_ways_to_write_an_address_are_seen_through(name: str) -> None:
    with pytest.raises(AddressRefused):
        await CheckedResolver(resolve_by_system, allow_private=False).resolve(name, 443)
