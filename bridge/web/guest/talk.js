// A conversation on the page. Everything anybody wrote goes in as text, never as markup.

const PAUSE = 5 * 60 * 1000; // after which the same person is named again
const NEAR_END = 80;
const ENDINGS = {
  resolved: "This conversation is concluded: your issue was resolved.",
  unresolved: "This conversation is concluded. We could not resolve it this time.",
  "guest-disengaged": "This conversation was closed, as we heard nothing from you. Write, and it goes on.",
  escalated: "This conversation goes on with a colleague.",
};
const NOBODY_THERE =
  "Nobody of us is here at the moment. What you write is kept, and answered as soon as somebody is back. If you leave an address, we tell you then.";
const CONTACT_LEFT = "Thank you. We tell you as soon as somebody is here for you. You can go on writing meanwhile.";
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

const $ = (id) => document.getElementById(id);

export class Talk {
  #conversation = null;
  #drawn = new Map();
  #follows = true; // the end is looked at, and stays in sight when something is added or the window changes
  #discard;

  constructor({ write, discard, back, again }) {
    this.#discard = discard;
    const body = $("body");
    $("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      const text = body.value.trim();
      if (!text) return;
      write(text);
      body.value = "";
      this.#fit();
      this.#toEnd();
      body.focus();
    });
    body.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      $("composer").requestSubmit();
    });
    body.addEventListener("input", () => this.#fit());
    $("log-scroll").addEventListener("scroll", () => {
      this.#follows = this.#isAtEnd();
      $("newer").hidden ||= this.#follows;
    });
    new ResizeObserver(() => this.#follows && this.#toEnd()).observe($("log-scroll"));
    $("newer").addEventListener("click", () => this.#toEnd());
    $("talk-back").addEventListener("click", back);
    $("again").addEventListener("click", again);
  }

  show(conversation) {
    this.#conversation = conversation;
    this.#drawn.clear();
    $("log").replaceChildren();
    $("newer").hidden = true;
    this.draw();
    this.#toEnd();
  }

  draw() {
    const { issue, entries, canWrite, isComplete } = this.#conversation;
    $("view-talk").dataset.status = issue.status;
    $("talk-title").textContent = issue.subject;
    setText($("talk-state"), stateOf(this.#conversation));
    $("log-earlier").hidden = isComplete;
    const isNew = this.#drawEntries(entries);
    if (this.#follows) this.#toEnd();
    else if (isNew) $("newer").hidden = false;
    const hadFocus = $("composer").contains(document.activeElement);
    const isOver = issue.status === "concluded" && !this.#conversation.goesOn;
    $("composer").hidden = !canWrite;
    $("ended").hidden = !isOver;
    $("reopen-form").hidden = canWrite;
    if (isOver) {
      setText($("ended-text"), ENDINGS[issue.conclusion] ?? "This conversation is concluded.");
      const isRated = this.#conversation.ratedEpoch === issue.epoch;
      $("rating-form").hidden = isRated;
      setText($("rated-text"), isRated ? "Thank you for telling us." : "");
    }
    if (!canWrite && hadFocus) $("talk-title").focus();
    $("away").hidden = !(issue.status === "queued" && (issue.nobody_on_duty || issue.contact_left));
    $("contact-form").hidden = Boolean(issue.contact_left);
    setText($("away-text"), issue.contact_left ? CONTACT_LEFT : NOBODY_THERE);
  }

  #drawEntries(entries) {
    const log = $("log");
    const keys = new Set(entries.map((entry) => entry.key));
    for (const [key, item] of this.#drawn) {
      if (keys.has(key)) continue;
      item.remove();
      this.#drawn.delete(key);
    }
    let before = null;
    let isNew = false;
    let place = log.firstElementChild;
    for (const entry of entries) {
      let item = this.#drawn.get(entry.key);
      if (!item) {
        item = entry.kind === "words" ? buildWords() : buildNote();
        this.#drawn.set(entry.key, item);
        isNew ||= !entry.isMine;
      }
      this.#fill(item, entry, before);
      // Moving an element makes a screen reader read it again: what is in its place stays.
      if (item === place) place = place.nextElementSibling;
      else log.insertBefore(item, place);
      before = entry;
    }
    return isNew;
  }

  #fill(item, entry, before) {
    if (entry.kind !== "words") return setText(item, entry.body);
    const follows =
      before?.kind === "words" && before.sender === entry.sender && entry.ts - before.ts < PAUSE && !entry.isShared;
    item.className = "words";
    item.classList.toggle("mine", entry.isMine);
    item.classList.toggle("follows", follows);
    item.classList.toggle("shared", Boolean(entry.isShared));
    item.classList.toggle("gone", Boolean(entry.isGone));
    item.classList.toggle("waiting", entry.fate === "waiting");
    item.classList.toggle("failed", entry.fate === "failed");
    const [by, body, fate] = item.children;
    setText(by.firstElementChild, entry.isMine ? "You" : entry.isShared ? "From our team" : entry.name);
    const time = by.lastElementChild;
    time.dateTime = new Date(entry.ts).toISOString();
    setText(time, ` ${isToday(entry.ts) ? clock.format(entry.ts) : day.format(entry.ts)}`);
    setText(body, entry.isGone ? "This message was taken back." : entry.body);
    this.#fillFate(fate, entry);
  }

  #fillFate(fate, entry) {
    if (entry.fate === "failed") {
      if (fate.dataset.fate === "failed") return;
      fate.dataset.fate = "failed";
      const discard = document.createElement("button");
      discard.type = "button";
      discard.className = "quiet small";
      discard.textContent = "Discard";
      discard.addEventListener("click", () => this.#discard(entry.txnId));
      fate.replaceChildren(`Not sent. ${entry.reason} `, discard);
      return;
    }
    delete fate.dataset.fate;
    setText(fate, entry.fate === "waiting" ? "Sending …" : entry.isEdited ? "Edited" : "");
  }

  #isAtEnd() {
    const log = $("log-scroll");
    return log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END;
  }

  #toEnd() {
    const log = $("log-scroll");
    log.scrollTop = log.scrollHeight;
    this.#follows = true;
    $("newer").hidden = true;
  }

  #fit() {
    const body = $("body");
    body.style.height = "auto";
    body.style.height = `${body.scrollHeight + 2}px`;
  }
}

function stateOf({ issue, people, goesOn }) {
  if (goesOn) return "A colleague goes on with you here in a moment.";
  if (issue.status === "concluded") return "Concluded";
  if (issue.status === "queued" && issue.nobody_on_duty) return "Nobody is here at the moment.";
  if (issue.status === "queued") {
    const position = issue.queue_position;
    const place = position === 1 ? "You are next in line." : position ? `You are number ${position} in line.` : "";
    return `Waiting for somebody to help you. ${place}`.trim();
  }
  const names = [...people.values()].filter((one) => one.role === "staff").map((one) => one.name);
  if (names.length === 0) return "Somebody is about to join you.";
  return `${new Intl.ListFormat("en").format(names)} ${names.length === 1 ? "is" : "are"} here for you.`;
}

function buildWords() {
  const item = document.createElement("li");
  const by = document.createElement("p");
  by.className = "by";
  by.append(document.createElement("b"), document.createElement("time"));
  const body = document.createElement("div");
  body.className = "body";
  body.dir = "auto";
  const fate = document.createElement("p");
  fate.className = "fate";
  item.append(by, body, fate);
  return item;
}

function buildNote() {
  const item = document.createElement("li");
  item.className = "note";
  return item;
}

/** A live region that is written to speaks, even if it says the same. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function isToday(ts) {
  return new Date(ts).toDateString() === new Date().toDateString();
}
