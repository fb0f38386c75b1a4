// One issue, from the lobby to its room: joins, resumes by cursor, sends what waits, and says what to show.
//
//   join lobby ─▶ `issue` names the guest room ─▶ join it ─▶ its history ─▶ leave the lobby
//
// Where the conversation goes on in another issue, `issue` names that one's room as soon as it can be entered; the same
// way leads there, and its history begins with what was said before. Until then the old place is written to.
//
// After a reconnect the place is joined again from its cursor, and what was not acknowledged is sent again. State
// (who is there, how the issue stands) comes anew with every join.

import { Thread } from "../shared/thread.js";
import { Unsent } from "../shared/unsent.js";

const TRY_AGAIN = 2000;
const FINAL = new Set([
  "CHAPERONE_ISSUE_CONCLUDED",
  "CHAPERONE_TXN_REUSED",
  "CHAPERONE_TOO_LARGE",
  "CHAPERONE_BAD_FRAME",
  "CHAPERONE_FRAME_TOO_LARGE",
  "CHAPERONE_NOT_A_MEMBER",
]);

export class Conversation {
  #me;
  #send;
  #changed;
  #lobby;
  #room = null; // the guest room, once it can be entered
  #place; // what is shown and written to: the lobby, then the room, then perhaps another
  #cursors = new Map();
  #joined = new Set();
  #inFlight = null;
  #timer = 0;

  issue;
  people = new Map();
  isComplete = true;
  ratedEpoch = 0;

  /**
   * @param changed called whenever there is something else to show
   * @param root the issue that the conversation began in: what is not sent yet is kept under its number
   */
  constructor(issue, principal, send, changed, root = issue.id) {
    this.issue = issue;
    this.#me = principal.user_id;
    this.#send = send;
    this.#changed = changed;
    this.#lobby = this.#place = `lobby:${issue.id}`;
    this.thread = new Thread(this.#me);
    this.unsent = new Unsent(`${principal.id}.${root}`);
  }

  get canWrite() {
    return this.issue.status !== "concluded" || this.goesOn || this.issue.conclusion === "guest-disengaged";
  }

  /** Whether it is on the way to another issue. */
  get goesOn() {
    return Boolean(this.issue.continues_in);
  }

  /** What is in the conversation, and behind it what is not there yet. */
  get entries() {
    const waiting = this.unsent.all.filter((entry) => !this.thread.has(entry.txnId));
    const shown = waiting.map(({ txnId, ...entry }) => ({
      ...entry,
      kind: "words",
      key: `txn ${txnId}`,
      txnId,
      sender: this.#me,
      name: "",
      isMine: true,
    }));
    return [...this.thread.entries, ...shown];
  }

  /** The line is open. */
  connected() {
    this.#joined.clear();
    this.#inFlight = null;
    this.#join(this.#place);
    if (this.#place !== this.#room && this.#room) this.#join(this.#room);
  }

  disconnected() {
    this.#joined.clear();
    this.#inFlight = null;
    clearTimeout(this.#timer);
  }

  leave() {
    this.disconnected();
    for (const room of new Set([this.#lobby, this.#place, this.#room])) if (room) this.#send({ type: "leave", room });
  }

  write(body) {
    this.unsent.add(body);
    this.#pump();
    this.#changed();
  }

  /** The guest said how it was, that time. */
  rated(epoch) {
    this.ratedEpoch = epoch;
    this.#changed();
  }

  discard(txnId) {
    this.unsent.forget(txnId);
    this.#changed();
  }

  received(frame) {
    // What became of a message is told of the place that it was sent to, which may have been left since.
    if (frame.type === "ack") return this.#ack(frame);
    if (frame.type === "error" && frame.txn_id) return this.#error(frame);
    if (![this.#lobby, this.#place, this.#room].includes(frame.room)) return;
    switch (frame.type) {
      case "history":
        return this.#history(frame);
      case "event":
      case "update":
        return this.#event(frame);
      case "member":
        return this.#member(frame);
      case "issue":
        return this.#issue(frame);
      case "error":
        if (frame.room === this.#lobby && this.#room === null) return this.#enter();
        return this.#error(frame);
    }
  }

  /** A lobby is for who opened the issue; who was invited into it goes to the room, once there is one. */
  #enter() {
    if (!this.issue.guest_room) return;
    this.#room = this.issue.guest_room;
    this.#join(this.#room);
  }

  #join(room) {
    const since = this.#cursors.get(room);
    this.people.clear();
    this.#send(since === undefined ? { type: "join", room } : { type: "join", room, since });
  }

  #history(frame) {
    if (frame.room === this.#room && this.#place !== this.#room) {
      this.#send({ type: "leave", room: this.#place });
      this.#place = this.#room;
      this.thread = new Thread(this.#me);
    }
    if (frame.room !== this.#place) return;
    const isResumed = this.#cursors.has(frame.room);
    this.thread.load(frame, isResumed);
    this.isComplete = frame.complete && (!isResumed || this.isComplete);
    this.#cursors.set(frame.room, frame.cursor);
    this.#joined.add(frame.room);
    this.#forgetSeen();
    this.#pump();
    this.#changed();
  }

  #event(frame) {
    if (frame.room !== this.#place) return;
    this.#cursors.set(frame.room, frame.cursor);
    this.thread.apply(frame.event);
    this.#forgetSeen();
    this.#changed();
  }

  #member(frame) {
    if (frame.membership === "join") this.people.set(frame.user_id, frame);
    else this.people.delete(frame.user_id);
    this.#changed();
  }

  #issue(frame) {
    if (frame.room === this.#lobby && this.#place === this.#room) return; // it was left
    this.issue = { ...this.issue, continues_in: undefined, ...frame };
    if (frame.guest_room && frame.guest_room !== this.#room) {
      this.#room = frame.guest_room;
      this.#join(this.#room);
    }
    this.#changed();
  }

  #ack(frame) {
    this.unsent.acknowledge(frame.txn_id);
    this.#landed(frame.txn_id);
  }

  #error(frame) {
    if (!frame.txn_id) return this.#notJoined(frame);
    if (FINAL.has(frame.errcode)) {
      this.unsent.fail(frame.txn_id, frame.error);
      return this.#landed(frame.txn_id);
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#landed(frame.txn_id), frame.retry_after_ms ?? TRY_AGAIN);
  }

  /** The lobby names the room again once it can be entered; anything else may pass. */
  #notJoined(frame) {
    if (frame.errcode === "CHAPERONE_UNKNOWN_ROOM" && frame.room === this.#room && this.#place !== this.#room) {
      this.#room = null;
    } else if (frame.errcode === "M_UNKNOWN") {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#join(frame.room), TRY_AGAIN);
    }
  }

  /** An answer came for what was in flight: the next one may go. */
  #landed(txnId) {
    if (this.#inFlight === txnId) this.#inFlight = null;
    this.#pump();
    this.#changed();
  }

  #pump() {
    const next = this.unsent.next;
    if (!next || this.#inFlight || !this.#joined.has(this.#place)) return;
    const frame = { type: "message", room: this.#place, txn_id: next.txnId, body: next.body };
    if (this.#send(frame)) this.#inFlight = next.txnId;
  }

  #forgetSeen() {
    for (const { txnId, fate } of [...this.unsent.all]) {
      if (!this.thread.has(txnId)) continue;
      this.unsent.forget(txnId);
      // Seen before its ack: it is there all the same.
      if (fate === "waiting" && this.#inFlight === txnId) this.#inFlight = null;
    }
  }
}
