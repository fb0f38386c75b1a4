"""A POST that makes something, sent twice with one `Idempotency-Key`, makes it once and answers alike.

    key ─▶ answered before? ── yes, to the same request ─▶ that answer again
                             ├─ yes, to another one ─────▶ 409
                             └─ no ─▶ handler ─▶ one transaction { the thing ─▶ its answer, kept }
                                                                        └─ kept meanwhile: all undone, that answer

Since thing and answer become true together, no crash and no race leaves one without the other. Where a POST makes
nothing new (a claim, a conclusion) its rule refuses it the second time, and the answer is kept afterwards. What is kept
is sealed with the key that the client chose, and of the key itself only a hash: an answer may be a link that lets
somebody in.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from cryptography.fernet import Fernet
from pydantic import BaseModel

from bridge.api.errors import ApiFault, Errcode
from bridge.errors import BridgeError
from bridge.ports import Clock, KeptAnswer, PrincipalId, Store, Transaction
from policies.names import Code

HEADER: Final = "Idempotency-Key"
SHORTEST: Final = 16
"""What is easily guessed seals nothing."""
LONGEST: Final = 255
_KEY: Final = re.compile(rf"[\x21-\x7e]{{{SHORTEST},{LONGEST}}}")


class AnsweredMeanwhile(BridgeError):
    """The same request was faster over another connection; whatever this one did is undone."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """One request that may be the repetition of another."""

    principal_id: PrincipalId
    route: str
    key: str
    asked: str
    """What is asked for, as text: another order of fields is not another request."""
    store: Store
    clock: Clock

    async def load(self) -> str | None:
        """The answer that was given before, if there is one.

        :raises ApiFault: 409, if it was to another request.
        """
        async with self.store.read() as tx:
            kept = await tx.kept_answers.load(self.principal_id, self.route, self._key_hash, self.clock.now())
        if kept is None:
            return None
        if not hmac.compare_digest(kept.request_hash, self._request_hash):
            raise ApiFault(Code.TXN_REUSED, f"This {HEADER} was used for another request.")
        return self._seal.decrypt(kept.sealed.encode()).decode()

    async def keep(self, tx: Transaction, answer: BaseModel) -> None:
        """Keep the answer, in the transaction that makes what it tells of.

        :raises AnsweredMeanwhile: to undo all of that.
        """
        sealed = self._seal.encrypt(answer.model_dump_json().encode()).decode()
        kept = KeptAnswer(self.principal_id, self.route, self._key_hash, self._request_hash, sealed, self.clock.now())
        if not await tx.kept_answers.add(kept):
            raise AnsweredMeanwhile

    async def keep_alone(self, answer: BaseModel) -> None:
        """Keep an answer to what makes nothing."""
        with suppress(AnsweredMeanwhile):
            async with self.store.write() as tx:
                await self.keep(tx, answer)

    @property
    def _key_hash(self) -> str:
        return hashlib.sha256(b"find" + self.key.encode()).hexdigest()

    @property
    def _request_hash(self) -> str:
        # Keyed, as there may be a password in it.
        return hmac.digest(self.key.encode(), self.asked.encode(), "sha256").hex()

    @property
    def _seal(self) -> Fernet:
        return Fernet(urlsafe_b64encode(hashlib.sha256(b"seal" + self.key.encode()).digest()))


def parse_key(request: web.Request) -> str | None:
    """The key of a request, if it has one.

    :raises ApiFault: 400, if it is none.
    """
    keys = request.headers.getall(HEADER, [])
    if not keys:
        return None
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise ApiFault(Errcode.BAD_REQUEST, f"An {HEADER} has {SHORTEST} to {LONGEST} printable ASCII characters.")
    return keys[0]
