"""The tables. `migrations/` makes them; a test compares the two.

    principals ─┬─ profiles                what one is, and what one shows
                ├─ sessions                logins under way
                ├─ invitations             links for guests, used and not
                ├─ kept_answers            given again to who asks again
                ├─ site_guests             who came by the word of a web site
                ├─ words                   accepted over the gateway      ┐ what Matrix does not have:
                └─ issues                                                 │ never thrown away
    outbox, timers, assertions                                            │
    duties, capacities, shifts, turns, chats   who works when, with whom  │
    endings, epochs, contacts, shares      what became of an issue        │
    audit, audit_head                      what was decided, in a chain   ┘
    issues, rooms, members, stays, events                                 a projection of what Matrix has

The projection can be thrown away and rebuilt, room by room and in any order: so nothing refers to it by a foreign
key. It refers to principals, which are ours.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, MetaData, Table, Text, UniqueConstraint

from bridge.store.columns import JsonText, Moment, Number, Word
from policies.deadlines import Deadline
from policies.issue import Conclusion, Status, WaitingOn, Wanted
from policies.names import Audience, Role, Standing
from policies.rooms import Membership, RoomKind

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_ix",
    }
)

principals = Table(
    "principals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("role", Word(Role), nullable=False),
    Column("tier", Integer),
    Column("standing", Word(Standing), nullable=False),
    Column("audience", Word(Audience)),
    Column("user_id", Text, nullable=False, unique=True),
    Column("password_hash", Text),
    Column("created_at", Moment, nullable=False),
)

profiles = Table(
    "profiles",
    metadata,
    Column("principal_id", ForeignKey(principals.c.id), primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("avatar", Text),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("principal_id", ForeignKey(principals.c.id), nullable=False, index=True),
    Column("refresh_hash", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked", Boolean, nullable=False),
)

invitations = Table(
    "invitations",
    metadata,
    Column("secret_hash", Text, primary_key=True),
    Column("inviter", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    Column("guest_id", ForeignKey(principals.c.id)),
    Column("issue_id", Number),
)

site_guests = Table(
    "site_guests",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("guest_id", ForeignKey(principals.c.id), nullable=False),
)

assertions = Table(
    "assertions",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("jti", Text, primary_key=True),
    Column("expires_at", Moment, nullable=False, index=True),
)

kept_answers = Table(
    "kept_answers",
    metadata,
    Column("principal_id", ForeignKey(principals.c.id), primary_key=True),
    Column("route", Text, primary_key=True),
    Column("key_hash", Text, primary_key=True),
    Column("request_hash", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("kept_at", Moment, nullable=False, index=True),
)

issues = Table(
    "issues",
    metadata,
    Column("id", Number, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("guest_id", ForeignKey(principals.c.id), nullable=False, index=True),
    Column("guest", Text, nullable=False),
    Column("status", Word(Status), nullable=False),
    Column("tier", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("waiting_on", Word(WaitingOn)),
    Column("assignee", Text, index=True),
    Column("conclusion", Word(Conclusion)),
    Column("guest_room", Text, unique=True),
    Column("staff_room", Text, unique=True),
    Column("opened_at", Moment, nullable=False),
    Column("queued_at", Moment, nullable=False),
    Column("first_words", Text, nullable=False),
    Column("card", Text, unique=True),
    Column("desk_card", Text, unique=True),
    Column("wanted", Word(Wanted)),
    Column("parent", Number),
    Column("child", Number),
    Index("issues_queue_ix", "status", "tier", "queued_at", "id"),
    sqlite_autoincrement=True,  # an issue's number is never given away again
)

issue_guests = Table(
    "issue_guests",
    metadata,
    Column("issue_id", Number, primary_key=True, autoincrement=False),
    Column("user_id", Text, primary_key=True, index=True),
)
"""Of group issues only, whoever opened them included."""

endings = Table(
    "endings",
    metadata,
    Column("issue_id", Number, primary_key=True, autoincrement=False),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("conclusion", Word(Conclusion), nullable=False),
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

epochs = Table(
    "epochs",
    metadata,
    Column("issue_id", Number, primary_key=True, autoincrement=False),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("began_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("answered_by", Text),
    Column("rating", Integer),
    Column("comment", Text),
    Column("rated_at", Moment),
)
"""From the moment an epoch begins; how it ended is among the endings."""

contacts = Table(
    "contacts",
    metadata,
    Column("issue_id", Number, primary_key=True, autoincrement=False),
    Column("contact", Text, nullable=False),
    Column("left_at", Moment, nullable=False),
    Column("told_at", Moment),
)
"""Where a guest wants to be told that somebody is there for them."""

shares = Table(
    "shares",
    metadata,
    Column("id", Text, primary_key=True),
    Column("issue_id", Number, nullable=False, index=True),
    Column("source", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("edited", Boolean, nullable=False),
    Column("copy", Text),
    Column("taken_back_by", Text),
    Column("taken_back_at", Moment),
)
"""`copy` is set once the guest has it."""

words = Table(
    "words",
    metadata,
    Column("seq", Number, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("author", ForeignKey(principals.c.id), nullable=False),
    Column("sender", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("txn_id", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("issue_id", Number),
    Column("at", Moment, nullable=False),
    Column("reply_to", Text),
    Column("event_id", Text),
    UniqueConstraint("author", "place", "txn_id"),
    Index("words_place_ix", "place", "seq"),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Number, primary_key=True),
    Column("key", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("action", JsonText, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("dead", Boolean, nullable=False),
    Column("error", Text),
    sqlite_autoincrement=True,
)
# What is finished stays for a while to be looked at; what is not must be found at once, however much there is.
Index(
    "outbox_unfinished_ix",
    outbox.c.lane,
    outbox.c.id,
    sqlite_where=outbox.c.finished_at.is_(None),
    postgresql_where=outbox.c.finished_at.is_(None),
)

timers = Table(
    "timers",
    metadata,
    Column("kind", Word(Deadline), primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("due_at", Moment, nullable=False, index=True),
    Column("facts", JsonText, nullable=False),
)

duties = Table(
    "duties",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("on_duty", Boolean, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("facts", JsonText, nullable=False),
    Column("verdict", JsonText),
    Column("configuration", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("audit_subject_seq_ix", "subject", "seq"),
)
"""Triggers refuse any change of its rows."""

audit_head = Table(
    "audit_head",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("seq", Number, nullable=False),
    Column("hash", Text, nullable=False),
)
"""One row: where the chain ends, so that entries cut off its end are missed."""

capacities = Table(
    "capacities",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("most", Integer, nullable=False),
)
"""Of those who have a number of their own."""

shifts = Table(
    "shifts",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("weekday", Integer, primary_key=True, autoincrement=False),
    Column("begins", Integer, primary_key=True, autoincrement=False),
    Column("ends", Integer, nullable=False),
    Column("zone", Text, nullable=False),
)
"""A person's week; `zone` is the same in all of its rows."""

turns = Table(
    "turns",
    metadata,
    Column("tier", Integer, primary_key=True, autoincrement=False),
    Column("user_id", Text, nullable=False),
)
"""Whom a tier's last issue was given to."""

chats = Table(
    "chats",
    metadata,
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", Word(RoomKind), nullable=False),
    Column("name", Text, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("people", Text, nullable=False),
    Column("room_id", Text, unique=True),
)
"""`key` is the same for what is one chat however often it is opened; `people` are user ids with blanks between."""

events = Table(
    "events",
    metadata,
    Column("seq", Number, primary_key=True),
    Column("event_id", Text, nullable=False, unique=True),
    Column("room_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("origin_server_ts", BigInteger, nullable=False),
    Column("content", JsonText, nullable=False),
    Column("state_key", Text),
    Column("redacts", Text),
    Column("replaces", Text),
    Column("redacted_by", Text),
    Index("events_room_id_seq_ix", "room_id", "seq"),
    sqlite_autoincrement=True,  # a cursor never meets the same number twice
)
for _name, _column, _where in (
    ("events_redacts_ix", events.c.redacts, events.c.redacts.is_not(None)),
    ("events_replaces_ix", events.c.replaces, events.c.replaces.is_not(None)),
):
    Index(_name, _column, sqlite_where=_where, postgresql_where=_where)

rooms = Table(
    "rooms",
    metadata,
    Column("room_id", Text, primary_key=True),
    Column("kind", Word(RoomKind), nullable=False),
    Column("issue_id", Number),
    Column("name", Text),
)

members = Table(
    "members",
    metadata,
    Column("room_id", Text, primary_key=True),
    Column("user_id", Text, primary_key=True, index=True),
    Column("membership", Word(Membership), nullable=False),
    Column("seq", Number, nullable=False),
)

stays = Table(
    "stays",
    metadata,
    Column("room_id", Text, primary_key=True),
    Column("user_id", Text, primary_key=True),
    Column("first", Number, primary_key=True, autoincrement=False),
    Column("last", Number),
)
