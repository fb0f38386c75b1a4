from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from bridge.accounts.errors import TokenExpired, TokenRefused
from bridge.accounts.tokens import Claims, Tokens
from bridge.config import AccountsSettings
from bridge.errors import BadSettings
from bridge.ports import Principal, PrincipalId
from policies.names import Role, Standing, Tier
from tests.builders.accounts import build_private_pem
from tests.builders.people import user
from tests.fakes.clock import MORNING

PEM = build_private_pem()
KEY: Any = load_pem_private_key(PEM.encode(), None)
PUBLIC_PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
ADA = Principal(PrincipalId("p-ada"), "ada", Role.EMPLOYEE, Tier.T1, Standing.ALLOWED, user("ada"))


def build_tokens(pem: str = PEM) -> Tokens:
    return Tokens(pem, AccountsSettings(token_minutes=15))


def claims(**changed: Any) -> dict[str, Any]:
    exp = int((MORNING + timedelta(minutes=5)).timestamp())
    given = {
        "iss": "chaperone",
        "sub": "p-ada",
        "aud": "gateway",
        "exp": exp,
        "iat": exp - 300,
        "jti": "j",
        "sid": "s",
        **changed,
    }
    return {name: value for name, value in given.items() if value is not None}


def test_a_token_for_the_gateway_is_read_back() -> None:
    tokens = build_tokens()
    token = tokens.mint(ADA, "s1", "gateway", MORNING)
    assert tokens.parse(token, MORNING) == Claims(ADA.id, "s1", MORNING + timedelta(minutes=15))


def test_a_token_says_who_for_whom_and_how_long_and_no_more() -> None:
    token = build_tokens().mint(ADA, "s1", "gateway", MORNING)
    read = jwt.decode(token, options={"verify_signature": False})
    assert read.pop("jti")
    assert read == {
        "iss": "chaperone",
        "sub": "p-ada",
        "aud": "gateway",
        "iat": int(MORNING.timestamp()),
        "exp": int(MORNING.timestamp()) + 900,
        "sid": "s1",
    }
    assert jwt.get_unverified_header(token)["alg"] == "EdDSA"


def test_no_two_tokens_are_alike() -> None:
    tokens = build_tokens()
    assert tokens.mint(ADA, "s1", "gateway", MORNING) != tokens.mint(ADA, "s1", "gateway", MORNING)


def test_a_token_ends_with_its_last_second() -> None:
    tokens = build_tokens()
    token = tokens.mint(ADA, "s1", "gateway", MORNING)
    tokens.parse(token, MORNING + timedelta(seconds=899.9))
    with pytest.raises(TokenExpired):
        tokens.parse(token, MORNING + timedelta(seconds=900))


def test_a_token_for_the_homeserver_names_the_local_part_and_lasts_a_minute() -> None:
    now = datetime.now(UTC)
    token = build_tokens().mint(ADA, "s1", "matrix", now)
    read = jwt.decode(token, PUBLIC_PEM, ["EdDSA"], audience="matrix", issuer="chaperone")
    assert (read["sub"], read["exp"] - read["iat"]) == ("ada", 60)


def test_a_token_for_the_homeserver_is_refused_here() -> None:
    tokens = build_tokens()
    with pytest.raises(TokenRefused):
        tokens.parse(tokens.mint(ADA, "s1", "matrix", MORNING), MORNING)


def test_a_token_of_another_key_is_refused() -> None:
    token = build_tokens(build_private_pem()).mint(ADA, "s1", "gateway", MORNING)
    with pytest.raises(TokenRefused):
        build_tokens().parse(token, MORNING)


@pytest.mark.parametrize("missing", ["iss", "sub", "aud", "exp", "iat", "jti", "sid"])
def test_a_token_without_one_of_its_claims_is_refused(missing: str) -> None:
    with pytest.raises(TokenRefused):
        build_tokens().parse(jwt.encode(claims(**{missing: None}), KEY, "EdDSA"), MORNING)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "somebody"},
        {"aud": "matrix"},
        {"aud": ["matrix"]},
        {"exp": "soon"},
        {"exp": 10**30},
        {"exp": float("inf")},
    ],
)
def test_a_token_that_says_something_else_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        build_tokens().parse(jwt.encode(claims(**changed), KEY, "EdDSA"), MORNING)


def test_another_algorithm_is_refused_whatever_it_is_signed_with() -> None:
    rsa = generate_private_key(65537, 2048)
    rsa_pem = rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    forged = [
        jwt.encode(claims(), "", "none"),
        # The public key, which everybody knows, taken for a shared secret.
        jwt.encode(claims(), public, "HS256"),
        jwt.encode(claims(), rsa_pem, "RS256"),
    ]
    for token in forged:
        with pytest.raises(TokenRefused):
            build_tokens().parse(token, MORNING)


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "é", "\ud800", "x" * 100_000])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(TokenRefused):
        build_tokens().parse(text, MORNING)


def test_a_changed_token_is_refused() -> None:
    tokens = build_tokens()
    head, body, signature = tokens.mint(ADA, "s1", "gateway", MORNING).split(".")
    other = jwt.encode(claims(sub="p-alex"), KEY, "EdDSA").split(".")[1]
    for changed in (f"{head}.{other}.{signature}", f"{head}.{body}.{signature[:-4]}AAAA", f"{head}.{body}."):
        with pytest.raises(TokenRefused):
            tokens.parse(changed, MORNING)


def test_the_published_key_verifies_our_tokens() -> None:
    tokens = build_tokens()
    [key] = jwt.PyJWKSet.from_dict(dict(tokens.jwks())).keys
    token = tokens.mint(ADA, "s1", "gateway", datetime.now(UTC))
    assert jwt.decode(token, key, ["EdDSA"], audience="gateway")["sub"] == "p-ada"
    assert jwt.get_unverified_header(token)["kid"] == key.key_id
    assert "d" not in tokens.jwks()["keys"][0]


def test_the_same_key_has_the_same_id_and_another_key_another() -> None:
    def kid(pem: str) -> str:
        return str(build_tokens(pem).jwks()["keys"][0]["kid"])

    assert kid(PEM) == kid(PEM)
    assert kid(PEM) != kid(build_private_pem())


@pytest.mark.parametrize("pem", ["", "no key", PUBLIC_PEM.decode()])
def test_what_is_no_private_key_is_a_fault_of_the_settings(pem: str) -> None:
    with pytest.raises(BadSettings, match="jwt_private_file"):
        build_tokens(pem)


def test_a_key_of_another_kind_is_a_fault_of_the_settings() -> None:
    rsa = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(BadSettings, match="Ed25519"):
        build_tokens(rsa.decode())
