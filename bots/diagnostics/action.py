"""What happens when a form is submitted: e-mails to the owner, e-mails to the visitor, and posts to other systems.

What integrations there are besides has no public end in the vendor's API: it is unknown, and never said to be none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bots.diagnostics.block import Logic, parse_logic
from bots.diagnostics.observations import Subject, SubjectType
from bots.diagnostics.values import flag, identifier, is_nothing, shown, text, whole_number

_NOUNS: Final = {
    SubjectType.NOTIFICATION: "notification",
    SubjectType.CONFIRMATION: "confirmation",
    SubjectType.WEBHOOK: "webhook",
}


@dataclass(frozen=True, slots=True)
class SubmitAction:
    """What all three have."""

    subject: Subject
    name: str
    logic: Logic | None

    @property
    def called(self) -> str:
        """As sentences name it: ``“To the office” (notification 7)``."""
        noun = f"{_NOUNS[self.subject.type]} {shown(self.subject.id, 30)}"
        name = shown(self.name)
        return f"“{name}” ({noun})" if name else noun


@dataclass(frozen=True, slots=True)
class Email(SubmitAction):
    """What both kinds of e-mail have. `contents` is what is sent: ``data``, ``link`` or ``fields``."""

    subject_line: str = ""
    message: str = ""
    contents: str = ""


@dataclass(frozen=True, slots=True)
class Notification(Email):
    """An e-mail to the owners of the form. `recipients` is a list in one text, of addresses and of field ids."""

    recipients: str = ""
    from_type: str = ""
    from_value: str = ""
    attach_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Confirmation(Email):
    """An e-mail to the visitor. `to_field` is the field that has their address."""

    to_field: str = ""
    sender: str = ""
    delay: str = ""


POSTS_BY_NAME: Final = frozenset({"", "field_names", "api-friendly", "api_friendly", "apifriendly"})
"""Under these keys (the first is the default) fields of one name are one field to the receiver."""


@dataclass(frozen=True, slots=True)
class Webhook(SubmitAction):
    """A post to another system. `is_authenticated`: with a handshake key, or signed."""

    url: str = ""
    keys: str = ""
    content_type: str = ""
    uses_field_ids: bool = False
    is_authenticated: bool = False

    @property
    def posts_by_name(self) -> bool:
        """Whether fields are told apart by their names, and not by their ids."""
        return not self.uses_field_ids and self.keys in POSTS_BY_NAME


def parse_notification(raw: Mapping[str, Any]) -> Notification:
    """A notification of API v2. Internals that leak from it are ignored."""
    return Notification(
        subject=Subject(SubjectType.NOTIFICATION, identifier(raw.get("id"))),
        name=text(raw.get("name")),
        logic=parse_logic(raw.get("logic")),
        subject_line=text(raw.get("subject")),
        message=text(raw.get("message")),
        contents=_word(raw, "type"),
        recipients=text(raw.get("recipients")),
        from_type=_word(raw, "from_type"),
        from_value=text(raw.get("from_value")).strip(),
        attach_limit=whole_number(raw.get("attach_limit")),
    )


def parse_confirmation(raw: Mapping[str, Any]) -> Confirmation:
    """A confirmation of API v2."""
    return Confirmation(
        subject=Subject(SubjectType.CONFIRMATION, identifier(raw.get("id"))),
        name=text(raw.get("name")),
        logic=parse_logic(raw.get("logic")),
        subject_line=text(raw.get("subject")),
        message=text(raw.get("message")),
        contents=_word(raw, "type"),
        to_field=identifier(raw.get("to_field")),
        sender=text(raw.get("sender")).strip(),
        delay=text(raw.get("delay")).strip(),
    )


def parse_webhook(raw: Mapping[str, Any]) -> Webhook:
    """A webhook of API v2; a secret that signs counts as a handshake key."""
    return Webhook(
        subject=Subject(SubjectType.WEBHOOK, identifier(raw.get("id"))),
        name=text(raw.get("name")),
        logic=parse_logic(raw.get("logic")),
        url=text(raw.get("url")).strip(),
        keys=_word(raw, "post_data_field_keys").replace(" ", "_"),
        content_type=_word(raw, "content_type"),
        uses_field_ids=flag(raw.get("use_field_ids")),
        is_authenticated=any(not is_nothing(raw.get(key)) for key in ("handshake_key", "hmac_secret", "shared_secret")),
    )


def _word(raw: Mapping[str, Any], key: str) -> str:
    return text(raw.get(key)).strip().lower()
