"""How a receiver knows that a delivery is ours, is whole, and is not an old one sent again.

    Chaperone-Signature: t=1767225600,v1=5257a869e7…            v1 = HMAC-SHA256(secret, "<t>.<body>"), in hex

`t` is when this attempt was made; the receiver refuses one that is minutes old. The delivery's id stays the same from
attempt to attempt: what has been received is received once.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Final

SIGNATURE: Final = "Chaperone-Signature"
DELIVERY: Final = "Chaperone-Delivery"
EVENT: Final = "Chaperone-Event"


def build_signature(secret: str, body: bytes, now: datetime) -> str:
    """The value of the header."""
    stamp = str(int(now.timestamp()))
    mark = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={mark}"
