// A conversation as it is shown, made from history and events: no page, no socket. An entry is either words of
// somebody or a note of what happened. One's own words are known by their transaction id, which they have from before
// they are sent until long after, in the lobby and in the room.

const NOTES = { join: "joined", leave: "left" };

export class Thread {
  #entries = new Map();
  #members = new Map();
  #me;

  /** @param me one's own user id */
  constructor(me) {
    this.#me = me;
  }

  /** In order. */
  get entries() {
    return [...this.#entries.values()];
  }

  /** A `history`: what there is, or what was missed. */
  load(frame, isResumed) {
    if (!isResumed || !frame.complete) {
      this.#entries.clear();
      this.#members.clear();
    }
    for (const event of frame.events) this.apply(event);
  }

  /** One event; a second time it changes nothing. */
  apply(event) {
    if (event.target) return this.#change(event);
    if (event.type === "m.room.member") return this.#note(event);
    if (event.type !== "m.room.message" || typeof event.content.msgtype !== "string") return;
    const isMine = event.sender === this.#me;
    const isShared = "chat.chaperone.shared" in event.content;
    // What was shared is meant to be read and kept, whatever kind of message carried it.
    const isNotice = event.content.msgtype === "m.notice" && !isMine && !isShared;
    this.#entries.set(keyOf(event), {
      kind: isNotice ? "notice" : "words",
      key: keyOf(event),
      eventId: event.event_id,
      sender: event.sender,
      name: event.sender_name,
      isMine,
      isShared,
      ts: event.ts,
      body: textOf(event.content),
      txnId: event.txn_id,
    });
  }

  has(txnId) {
    return this.#entries.has(`txn ${txnId}`);
  }

  #change(event) {
    const entry = [...this.#entries.values()].find((one) => one.eventId === event.target);
    if (!entry) return;
    if (event.type === "m.room.redaction") Object.assign(entry, { isGone: true, body: "" });
    else if (event.content["m.new_content"])
      Object.assign(entry, { isEdited: true, body: textOf(event.content["m.new_content"]) });
  }

  #note(event) {
    const user = event.state_key;
    const before = this.#members.get(user) ?? "leave";
    const now = event.content.membership;
    this.#members.set(user, now);
    if (now === before || user === this.#me || !(now in NOTES) || (now === "leave" && before !== "join")) return;
    const name = event.content.displayname ?? (event.sender === user ? event.sender_name : null);
    if (!name) return;
    this.#entries.set(event.event_id, { kind: "note", key: event.event_id, ts: event.ts, body: `${name} ${NOTES[now]}.` });
  }
}

function keyOf(event) {
  return event.txn_id ? `txn ${event.txn_id}` : event.event_id;
}

function textOf(content) {
  const body = typeof content.body === "string" ? content.body : "";
  if (["m.text", "m.notice", "m.emote"].includes(content.msgtype)) return withoutQuote(content, body);
  return `📎 ${body || "A file"} (it cannot be shown here yet)`;
}

/** Older clients quote what they answer in front of their own words (specification, "Rich replies"). */
function withoutQuote(content, body) {
  if (!content["m.relates_to"]?.["m.in_reply_to"] || !body.startsWith("> ")) return body;
  const lines = body.split("\n");
  const end = lines.findIndex((line) => !line.startsWith(">"));
  return lines.slice(end + (lines[end] === "" ? 1 : 0)).join("\n");
}
