// What was written and is not acknowledged. Kept in the browser, so that it outlives a reload and an hour without a
// network; sent again under the same transaction id until the server says that it has it. One at a time, in order.
//
//   waiting ─ sent, `ack` ─▶ kept (durable; forgotten here once its event is seen)
//      └─ refused ─▶ failed (stays, with the reason, until it is discarded)

const OLDEST = 24 * 3600 * 1000;

export class Unsent {
  #key;
  #entries;

  constructor(key) {
    this.#key = `chaperone.unsent.${key}`;
    const isRecent = (entry) => entry.fate === "waiting" || Date.now() - entry.ts < OLDEST;
    this.#entries = JSON.parse(localStorage.getItem(this.#key) ?? "[]").filter(isRecent);
  }

  /** Oldest first. */
  get all() {
    return this.#entries;
  }

  /** What is to be sent next. */
  get next() {
    return this.#entries.find((entry) => entry.fate === "waiting") ?? null;
  }

  add(body) {
    const bytes = crypto.getRandomValues(new Uint8Array(12)); // randomUUID needs https
    const txnId = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    this.#entries.push({ txnId, body, ts: Date.now(), fate: "waiting" });
    this.#keep();
  }

  /** The server has it. */
  acknowledge(txnId) {
    this.#change(txnId, (entry) => (entry.fate = "kept"));
  }

  /** The server will not have it. */
  fail(txnId, reason) {
    this.#change(txnId, (entry) => Object.assign(entry, { fate: "failed", reason }));
  }

  /** It stands in the conversation. */
  forget(txnId) {
    this.#entries = this.#entries.filter((entry) => entry.txnId !== txnId);
    this.#keep();
  }

  #change(txnId, change) {
    const entry = this.#entries.find((one) => one.txnId === txnId);
    if (!entry) return;
    change(entry);
    this.#keep();
  }

  #keep() {
    if (this.#entries.length) localStorage.setItem(this.#key, JSON.stringify(this.#entries));
    else localStorage.removeItem(this.#key);
  }
}
