from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bridge.accounts.assertions import Sites
from bridge.accounts.errors import AssertionFault, AssertionRefused
from bridge.config import SiteSettings
from bridge.errors import BadSettings
from tests.builders.assertions import SHOP, Algorithm, Site
from tests.fakes.clock import MORNING

SECONDS = int(MORNING.timestamp())


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    return Sites([SHOP.settings(tmp_path), Site("forum", origin="https://forum.example").settings(tmp_path)])


def fault_of(sites: Sites, assertion: str, origin: str | None = SHOP.origin) -> AssertionFault:
    with pytest.raises(AssertionRefused) as raised:
        sites.parse(assertion, origin, MORNING)
    assert raised.value.sentence
    return raised.value.fault


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_site_vouches_for_its_visitor_with_the_algorithm_of_its_settings(
    algorithm: Algorithm, tmp_path: Path
) -> None:
    site = Site("site", algorithm)
    said = Sites([site.settings(tmp_path)]).parse(site.sign("7", jti="j", name="Gina"), site.origin, MORNING)
    assert (said.issuer, said.subject, said.jti, said.name) == ("site", "7", "j", "Gina")
    assert said.expires_at == MORNING + timedelta(minutes=4)


def test_another_key_signs_for_nobody(sites: Sites) -> None:
    assert fault_of(sites, Site("shop").sign()) is AssertionFault.SIGNATURE


def test_another_algorithm_signs_for_nobody_even_with_the_sites_own_public_key(sites: Sites, tmp_path: Path) -> None:
    assert fault_of(sites, Site("shop", "ES256").sign()) is AssertionFault.SIGNATURE
    raw = SHOP.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    claims = jwt.decode(SHOP.sign(), options={"verify_signature": False})
    assert fault_of(sites, jwt.encode(claims, raw, "HS256")) is AssertionFault.SIGNATURE
    assert fault_of(sites, jwt.encode(claims, "", "none")) is AssertionFault.SIGNATURE


def test_what_was_changed_after_it_was_signed_is_refused(sites: Sites) -> None:
    head, _, signature = SHOP.sign().split(".")
    claims = jwt.decode(SHOP.sign(), options={"verify_signature": False}) | {"sub": "somebody else"}
    body = urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    assert fault_of(sites, f"{head}.{body}.{signature}") is AssertionFault.SIGNATURE


def test_a_site_nobody_named_vouches_for_nobody(sites: Sites) -> None:
    assert fault_of(sites, Site("stranger").sign()) is AssertionFault.ISSUER
    assert fault_of(sites, SHOP.sign(iss=None)) is AssertionFault.ISSUER


@pytest.mark.parametrize(
    "origin", [None, "null", "https://evil.example", "https://forum.example", "http://shop.example"]
)
def test_no_page_but_the_sites_own_brings_its_assertions(sites: Sites, origin: str | None) -> None:
    assert fault_of(sites, SHOP.sign(), origin) is AssertionFault.ORIGIN


@pytest.mark.parametrize(
    ("claims", "fault"),
    [
        ({"aud": "somebody"}, AssertionFault.AUDIENCE),
        ({"aud": ["somebody", "else"]}, AssertionFault.AUDIENCE),
        ({"exp": SECONDS}, AssertionFault.EXPIRED),
        ({"exp": SECONDS + 301}, AssertionFault.TOO_LONG),
        ({"iat": SECONDS + 61}, AssertionFault.EARLY),
        ({"nbf": SECONDS + 61}, AssertionFault.EARLY),
        ({"sub": None}, AssertionFault.UNREADABLE),
        ({"aud": None}, AssertionFault.UNREADABLE),
        ({"exp": None}, AssertionFault.UNREADABLE),
        ({"iat": None}, AssertionFault.UNREADABLE),
        ({"jti": None}, AssertionFault.UNREADABLE),
        ({"sub": ""}, AssertionFault.UNREADABLE),
        ({"sub": "x" * 256}, AssertionFault.UNREADABLE),
        ({"sub": "a\x00b"}, AssertionFault.UNREADABLE),
        ({"jti": "\ud800"}, AssertionFault.UNREADABLE),
        ({"exp": True}, AssertionFault.UNREADABLE),
        ({"exp": float("nan")}, AssertionFault.UNREADABLE),
        ({"exp": 10**400}, AssertionFault.UNREADABLE),
        ({"exp": 1e300}, AssertionFault.UNREADABLE),
        ({"iat": "soon"}, AssertionFault.UNREADABLE),
    ],
)
def test_each_fault_is_named(sites: Sites, claims: dict[str, Any], fault: AssertionFault) -> None:
    if "sub" in claims or "jti" in claims:
        assert fault_of(sites, SHOP.sign(**{"subject": claims.pop("sub", "7"), **claims})) is fault
    else:
        assert fault_of(sites, SHOP.sign(**claims)) is fault


@pytest.mark.parametrize("assertion", ["", "rubbish", "a.b.c", "e30.e30.e30", "[].[].[]", "\ud800.\ud800.\ud800"])
def test_what_is_no_token_is_refused_and_breaks_nothing(sites: Sites, assertion: str) -> None:
    assert fault_of(sites, assertion) in (AssertionFault.UNREADABLE, AssertionFault.ISSUER)


def test_exactly_five_minutes_and_one_audience_of_several_are_right(sites: Sites) -> None:
    said = sites.parse(SHOP.sign(exp=SECONDS + 300, aud=["other", "chaperone"], name=7), SHOP.origin, MORNING)
    assert said.name == ""


def test_every_key_that_cannot_be_used_is_named_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "rubbish.pem").write_text("rubbish")
    right = Site("right").settings(tmp_path)
    wrong: list[SiteSettings] = [
        right,
        right.model_copy(update={"issuer": "missing", "public_key_file": tmp_path / "missing.pem"}),
        right.model_copy(update={"issuer": "rubbish", "public_key_file": tmp_path / "rubbish.pem"}),
        right.model_copy(update={"issuer": "other", "algorithm": "RS256"}),
    ]
    with pytest.raises(BadSettings) as raised:
        Sites(wrong)
    assert [fault.partition(":")[0] for fault in raised.value.faults] == [
        f"accounts.sites.{number}.public_key_file" for number in (1, 2, 3)
    ]
