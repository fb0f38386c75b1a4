// The socket, kept open: connects, notices when it is dead, and connects again, sooner at first and later more slowly.
//
//   connecting ─▶ open (after `welcome`) ─▶ lost ─▶ waits, or is told that the network is back ─▶ connecting
//                                              └─ 4001, or no welcome twice ─▶ asks for a new token first

import { LoggedOut } from "./account.js";

const SOONEST = 400;
const LATEST = 15_000;
const ANSWER_WITHIN = 10_000; // milliseconds in which a `ping` has to be answered by anything at all

export class Line {
  #account;
  #told;
  #socket = null;
  #tries = 0;
  #fresh = false;
  #isWanted = true;
  #timer = 0;
  #beat = 0;
  #deadline = 0;

  /** @param told {frame(frame), state("connecting" | "open" | "lost"), loggedOut()} */
  constructor(account, told) {
    this.#account = account;
    this.#told = told;
    addEventListener("online", this.#hurry);
    document.addEventListener("visibilitychange", this.#hurry);
    this.#connect();
  }

  get isOpen() {
    return this.#beat !== 0;
  }

  send(frame) {
    if (!this.isOpen) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  end() {
    this.#isWanted = false;
    removeEventListener("online", this.#hurry);
    document.removeEventListener("visibilitychange", this.#hurry);
    clearTimeout(this.#timer);
    this.#drop();
  }

  #hurry = () => {
    if (document.visibilityState === "hidden") return;
    if (this.isOpen) this.#ping();
    else if (this.#timer) this.#connect();
  };

  async #connect() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#told.state("connecting");
    let token;
    try {
      token = await this.#account.token(this.#fresh);
      this.#fresh = false;
    } catch (fault) {
      if (!(fault instanceof LoggedOut)) return this.#later();
      this.end();
      return this.#told.loggedOut();
    }
    if (!this.#isWanted) return;
    const address = new URL("/api/v1/ws", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address, ["chaperone.v1", `bearer.${token}`]);
    this.#socket = socket;
    this.#expectAnswer();
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#received(JSON.parse(data));
    };
    socket.onclose = ({ code }) => {
      if (socket === this.#socket) this.#lost(code);
    };
  }

  #received(frame) {
    clearTimeout(this.#deadline);
    this.#deadline = 0;
    if (frame.type === "welcome") {
      this.#tries = 0;
      this.#beat = setInterval(() => this.#ping(), frame.heartbeat * 1000);
      this.#told.state("open");
    }
    this.#told.frame(frame);
  }

  #ping() {
    if (this.send({ type: "ping" })) this.#expectAnswer();
  }

  #expectAnswer() {
    this.#deadline ||= setTimeout(() => this.#lost(1006), ANSWER_WITHIN);
  }

  #lost(code) {
    const hadWelcome = this.isOpen;
    this.#drop();
    // A refused upgrade looks like any failure to a page: after a second one the token may be the reason.
    this.#fresh = code === 4001 || (!hadWelcome && this.#tries % 4 === 1);
    if (code === 4001 && hadWelcome) return this.#connect();
    this.#later();
  }

  #later() {
    if (!this.#isWanted) return;
    const longest = Math.min(LATEST, SOONEST * 2 ** this.#tries++);
    this.#timer = setTimeout(() => this.#connect(), longest * (0.5 + Math.random() / 2));
    this.#told.state("lost");
  }

  #drop() {
    clearInterval(this.#beat);
    clearTimeout(this.#deadline);
    this.#beat = this.#deadline = 0;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}
