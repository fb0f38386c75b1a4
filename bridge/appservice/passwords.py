"""Synapse's module asks here whether a password is right: the one place that keeps passwords is the bridge's accounts.

Asked at logins only, over loopback, with a secret that both sides read from the same file.
"""

from __future__ import annotations

import hmac

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from bridge.accounts.principals import Accounts
from policies.names import UserId


class Question(BaseModel):
    """What the module asks."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    user_id: str
    password: str


class PasswordDoor:
    """`POST /_chaperone/check_password`."""

    def __init__(self, accounts: Accounts, module_secret: str) -> None:
        self._accounts = accounts
        self._secret = module_secret

    def add_to(self, app: web.Application) -> None:
        """Serve it."""
        app.router.add_post("/_chaperone/check_password", self.check)

    async def check(self, request: web.Request) -> web.Response:
        """200 with the user id, or 403; 401 for who is not the module."""
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            return web.json_response({"errcode": "M_UNAUTHORIZED", "error": "Not the module."}, status=401)
        try:
            question = Question.model_validate_json(await request.read())
        except ValidationError:
            return web.json_response({"errcode": "M_BAD_JSON", "error": "user_id and password, please."}, status=400)
        principal = await self._accounts.check_password(UserId(question.user_id), question.password)
        if principal is None:
            return web.json_response({"errcode": "M_FORBIDDEN", "error": "Wrong password."}, status=403)
        return web.json_response({"user_id": principal.user_id})
