// The guest's page: log in, start an issue or go on with one, talk.

import { Account, LoggedOut } from "../shared/account.js";
import { ApiError } from "../shared/api.js";
import { Line } from "../shared/line.js";
import { Conversation } from "./conversation.js";
import { Talk } from "./talk.js";

const $ = (id) => document.getElementById(id);
const AWAY = "The connection is lost. What you write is kept, and sent as soon as it is back.";
const TRY_AGAIN = 3000;
const STATES = { queued: "waiting", open: "open", concluded: "concluded" };

const account = new Account();
const talk = new Talk({
  write: (body) => conversation?.write(body),
  discard: (txnId) => conversation?.discard(txnId),
  back: () => showStart(),
  again: () => showStart(),
});
let conversation = null;
let line = null;
let unread = 0;

// --- views ---------------------------------------------------------------------------------------------------------

function show(view, focus) {
  for (const section of document.querySelectorAll("main > section")) section.hidden = section.id !== view;
  $("who").hidden = view === "view-login";
  $(focus).focus();
}

function showLogin(reason = "") {
  closeLine();
  conversation = null;
  $("login-error").textContent = reason;
  $("password").value = "";
  show("view-login", $("login").value ? "password" : "login");
}

async function showStart() {
  conversation?.leave();
  conversation = null;
  setUnread(0);
  show("view-start", "start-title");
  try {
    listEarlier(await loadIssues());
  } catch (fault) {
    tell("start-error", fault);
  }
}

async function loadIssues() {
  return (await account.call("GET", "/issues?limit=20")).issues;
}

function listEarlier(issues) {
  $("earlier").hidden = issues.length === 0;
  // What goes on in another issue is listed there.
  const items = issues.filter((issue) => !issue.continues_in).map((issue) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    for (const [name, text] of [
      ["subject", issue.subject],
      ["state", STATES[issue.status]],
    ]) {
      const span = document.createElement("span");
      span.className = name;
      span.textContent = text;
      button.append(span, " ");
    }
    button.addEventListener("click", () => showTalk(issue, rootOf(issue, issues)));
    const item = document.createElement("li");
    item.append(button);
    return item;
  });
  $("earlier-list").replaceChildren(...items);
}

/** Where the conversation began that this issue is the present part of. */
function rootOf(issue, issues) {
  const parent = issue.continues && issues.find((one) => one.id === issue.continues);
  return parent ? rootOf(parent, issues) : (issue.continues ?? issue.id);
}

function showTalk(issue, root = issue.id) {
  conversation?.leave();
  conversation = new Conversation(issue, account.principal, (frame) => line?.send(frame) ?? false, changed, root);
  // On a touch screen the focus would bring up a keyboard over what there is to read.
  const canType = issue.status !== "concluded" && !matchMedia("(pointer: coarse)").matches;
  show("view-talk", canType ? "body" : "talk-title");
  talk.show(conversation);
  if (line?.isOpen) conversation.connected();
  else openLine();
}

function changed() {
  talk.draw();
}

// --- the line ------------------------------------------------------------------------------------------------------

function openLine() {
  line ??= new Line(account, {
    frame: received,
    state: (state) => {
      if (state === "open") $("line-state").textContent = "";
      if (state !== "lost") return;
      $("line-state").textContent = AWAY;
      conversation?.disconnected();
    },
    loggedOut: () => showLogin("Please log in again."),
  });
}

/** Who was invited into somebody else's issue waits outside its lobby: looked at again until there is a room. */
function lookAgain(waiting) {
  setTimeout(async () => {
    if (!waiting || conversation !== waiting) return;
    const issue = await account.call("GET", `/issues/${waiting.issue.id}`).catch(() => null);
    if (conversation !== waiting) return;
    if (issue?.guest_room) showTalk(issue);
    else lookAgain(waiting);
  }, TRY_AGAIN);
}

function closeLine() {
  line?.end();
  line = null;
  $("line-state").textContent = "";
}

function received(frame) {
  if (frame.type === "welcome") {
    $("who-name").textContent = frame.principal.name;
    conversation?.connected();
    return;
  }
  conversation?.received(frame);
  const isTurnedAway = frame.type === "error" && !frame.txn_id && frame.room?.startsWith("lobby:");
  if (isTurnedAway && conversation && !conversation.issue.guest_room) lookAgain(conversation);
  const isWords = frame.type === "event" && frame.event.type === "m.room.message";
  if (isWords && frame.event.sender !== account.principal.user_id && document.hidden) setUnread(unread + 1);
}

function setUnread(count) {
  unread = count;
  document.title = count ? `(${count}) Chat · Chaperone` : "Chat · Chaperone";
}

// --- forms ---------------------------------------------------------------------------------------------------------

/** Say what went wrong beside where it did. */
function tell(error, fault) {
  if (fault instanceof LoggedOut) return showLogin("Please log in again.");
  if (!(fault instanceof ApiError)) throw fault;
  $(error).textContent = fault.message;
}

/** Run what a form does; its button rests meanwhile. */
function onSubmit(form, error, perform) {
  $(form).addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = $(form).querySelector("button");
    button.disabled = true;
    $(error).textContent = "";
    try {
      await perform(Object.fromEntries(new FormData($(form))));
    } catch (fault) {
      tell(error, fault);
    } finally {
      button.disabled = false;
    }
  });
}

onSubmit("login-form", "login-error", async ({ login, password }) => {
  await account.logIn(login, password);
  $("login-form").reset();
  await enter();
});

onSubmit("start-form", "start-error", async ({ subject, message }) => {
  let issue;
  try {
    issue = await account.call("POST", "/issues", { subject: subject.trim(), message: message.trim() });
  } catch (fault) {
    // The answer may be all that was lost: look before it is started twice.
    if (!(fault instanceof ApiError) || fault.status !== 0) throw fault;
    const { issues } = await account.call("GET", "/issues?limit=1");
    issue = issues.find((one) => one.subject === subject.trim() && Date.now() - Date.parse(one.opened_at) < 60_000);
    if (!issue) throw fault;
  }
  $("start-form").reset();
  showTalk(issue);
});

onSubmit("reopen-form", "reopen-error", async ({ message }) => {
  await account.call("POST", `/issues/${conversation.issue.id}/reopen`, { message: message.trim() });
  $("reopen-form").reset(); // the line tells how the issue stands now
});

onSubmit("contact-form", "contact-error", async ({ contact }) => {
  await account.call("POST", `/issues/${conversation.issue.id}/contact`, { contact: contact.trim() });
  $("contact-form").reset(); // the line tells that it was left
});

onSubmit("rating-form", "rating-error", async ({ rating, comment }) => {
  const { id, epoch } = conversation.issue;
  await account.call("POST", `/issues/${id}/rating`, { rating: Number(rating), comment: comment.trim() });
  conversation.rated(epoch);
});

$("log-out").addEventListener("click", async () => {
  closeLine();
  await account.logOut();
  showLogin();
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) setUnread(0);
});

// --- the beginning -------------------------------------------------------------------------------------------------

async function enter() {
  if (account.principal.role !== "guest") {
    await account.logOut();
    return showLogin("This page is for guests. Staff log in with a Matrix client.");
  }
  $("who-name").textContent = (await account.call("GET", "/me")).profile.display_name;
  const issues = await loadIssues();
  listEarlier(issues);
  const current = issues.find((issue) => issue.status !== "concluded");
  if (current) showTalk(current, rootOf(current, issues));
  else show("view-start", "start-title");
}

/** Somebody who is logged in stays so while the server cannot be reached. */
async function begin() {
  try {
    await enter();
    $("line-state").textContent = "";
  } catch (fault) {
    if (fault instanceof LoggedOut) return showLogin("Please log in again.");
    if (!(fault instanceof ApiError)) throw fault;
    $("line-state").textContent = fault.message;
    setTimeout(begin, TRY_AGAIN);
  }
}

/** What a link brought; the address bar and the history forget it at once. */
function takeInvitation() {
  const found = /^#invitation=([\w-]+)$/.exec(location.hash);
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  return found && found[1];
}

/** Whoever opens an invitation is its guest from then on. It is good once, so nothing is tried that may have worked. */
async function comeIn(invitation) {
  $("login-error").textContent = "One moment…";
  try {
    if (account.isLoggedIn) await account.logOut();
    await account.comeIn(invitation);
  } catch (fault) {
    if (!(fault instanceof ApiError)) throw fault;
    return showLogin(fault.message);
  }
  await begin();
}

const invitation = takeInvitation();
if (invitation) comeIn(invitation);
else if (account.isLoggedIn) begin();
else showLogin();

addEventListener("hashchange", () => {
  const another = takeInvitation();
  if (another) comeIn(another);
});
