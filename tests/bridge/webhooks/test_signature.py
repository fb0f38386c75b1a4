from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from bridge.webhooks.signature import build_signature

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_signature_is_what_its_receiver_reckons() -> None:
    signature = build_signature("a secret of sixteen", b'{"id":"1"}', NOW)
    stamp, mark = (part.partition("=")[2] for part in signature.split(","))
    assert stamp == "1767225600"
    expected = hmac.new(b"a secret of sixteen", f'{stamp}.{{"id":"1"}}'.encode(), hashlib.sha256).hexdigest()
    assert mark == expected


def test_another_time_body_or_secret_is_another_signature() -> None:
    signatures = {
        build_signature("one", b"{}", NOW),
        build_signature("two", b"{}", NOW),
        build_signature("one", b"[]", NOW),
        build_signature("one", b"{}", NOW + timedelta(seconds=1)),
    }
    assert len(signatures) == 4
