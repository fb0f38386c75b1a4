"""Telling other programs what befell an issue: decided with the change itself, delivered by the outbox.

    work saves an issue ─▶ what befell it ─▶ one row a hook that wants to know, in the hook's own lane ─▶ sender
                                                     └─ later, later, … given up: said in the log and by `doctor`

What is told is written down when it happens, so a delivery that succeeds a day later says what was then. Words of
people are told only where the settings say so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from bridge.config import WebhookSettings
from bridge.ports import Transaction
from policies.actions import CallHook
from policies.hooks import HookEvent
from policies.issue import Issue

LANE: Final = "hook:"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one hook wants to be told."""

    name: str
    events: frozenset[HookEvent]
    with_words: bool = False

    @property
    def lane(self) -> str:
        """Its own: one that does not answer holds up no other."""
        return f"{LANE}{self.name}"


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something befell an issue, which is now so."""

    event: HookEvent
    issue: Issue
    more: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    """What people wrote, for hooks that are told it."""


async def load_told(tx: Transaction, announcement: Announcement) -> Announcement:
    """The same, with what only the store knows of it."""
    record = await tx.issues.load(announcement.issue.id)
    more: dict[str, Any] = dict(announcement.more)
    words = dict(announcement.words)
    if record is not None:
        more["opened_at"] = record.opened_at.isoformat()
    if announcement.event is HookEvent.CLAIMED and record is not None and record.contact is not None:
        words["contact"] = record.contact  # where its guest wants to be told that somebody is there
    if announcement.event is HookEvent.CONCLUDED:
        for ending in await tx.issues.endings(announcement.issue.id):
            if ending.epoch == announcement.issue.epoch:
                more["concluded_by"], words["note"] = ending.by, ending.note
    return replace(announcement, more=more, words=words)


def build_call(subscription: Subscription, announcement: Announcement, now: datetime) -> CallHook:
    """What a hook will be sent."""
    issue = announcement.issue
    told: dict[str, Any] = {
        "id": issue.id,
        "status": issue.status.value,
        "waiting_on": issue.waiting_on,
        "tier": issue.tier.name,
        "assignee": issue.assignee,
        "guest": issue.guest,
        "group": issue.is_group,
        "conclusion": issue.conclusion,
        "epoch": issue.epoch,
        "parent": issue.parent,
        "child": issue.child,
    }
    if subscription.with_words:
        told |= {"subject": issue.subject, **announcement.words}
    delivery = uuid4().hex
    body = {
        "id": delivery,
        "event": announcement.event.value,
        "at": now.isoformat(),
        "issue": told | dict(announcement.more),
    }
    return CallHook(subscription.name, delivery, announcement.event.value, json.dumps(body))


def subscriptions_of(settings: WebhookSettings) -> tuple[Subscription, ...]:
    """What the settings say."""
    return tuple(Subscription(hook.name, frozenset(hook.events), hook.with_words) for hook in settings.hooks)
