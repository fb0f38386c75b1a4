// Who is logged in here, and a token that is good for now. Kept for this tab only, so that a reload does not log out
// and a closed tab does. A refresh token is good once: two tabs that shared one would end each other's session.

import { ApiError, call } from "./api.js";

const KEY = "chaperone.session";
const SPARE_SECONDS = 30; // a token that ends sooner is refreshed first

export class LoggedOut extends Error {}

export class Account {
  #session = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  #refreshing = null;

  get isLoggedIn() {
    return this.#session !== null;
  }

  get principal() {
    return this.#session?.principal ?? null;
  }

  async logIn(login, password) {
    this.#keep(await call("POST", "/auth/login", { body: { login, password } }));
  }

  async comeIn(invitation) {
    this.#keep(await call("POST", "/auth/guest", { body: { invitation } }));
  }

  async logOut() {
    const token = this.#session?.token;
    this.forget();
    // It ends on this side in any case; on the other it is worth a try.
    if (token) await call("POST", "/auth/logout", { body: {}, token }).catch(() => {});
  }

  forget() {
    this.#session = null;
    sessionStorage.removeItem(KEY);
  }

  /** A token that lasts a while yet. @throws {LoggedOut} if only a password gets a new one. */
  async token(anew = false) {
    if (!this.#session) throw new LoggedOut();
    if (anew || Date.now() > this.#session.endsAt - SPARE_SECONDS * 1000) {
      this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = null));
      await this.#refreshing;
    }
    return this.#session.token;
  }

  /** A call in this person's name. */
  async call(method, path, body) {
    try {
      return await call(method, path, { body, token: await this.token() });
    } catch (fault) {
      if (!(fault instanceof ApiError) || fault.status !== 401) throw fault;
      return await call(method, path, { body, token: await this.token(true) });
    }
  }

  async #refresh() {
    try {
      this.#keep(await call("POST", "/auth/refresh", { body: { refresh_token: this.#session.refreshToken } }));
    } catch (fault) {
      if (fault instanceof ApiError && [401, 403].includes(fault.status)) {
        this.forget();
        throw new LoggedOut();
      }
      throw fault;
    }
  }

  #keep(login) {
    this.#session = {
      token: login.token,
      refreshToken: login.refresh_token,
      endsAt: Date.now() + login.expires_in * 1000,
      principal: login.principal,
    };
    sessionStorage.setItem(KEY, JSON.stringify(this.#session));
  }
}
