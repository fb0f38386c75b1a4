// The HTTP API as a page uses it: one function for a call, one error for what it refuses.

export class ApiError extends Error {
  /** @param {number} status  0 if there was no answer @param {Record<string, any>} body */
  constructor(status, body) {
    super(body.error ?? "The server did not answer.");
    this.status = status;
    this.code = body.errcode ?? "";
    this.body = body;
  }
}

/** One request below /api/v1; its answer as JSON. */
export async function call(method, path, { body, token } = {}) {
  const headers = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers["Authorization"] = `Bearer ${token}`;
  let response, answer;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
    });
    answer = await response.json();
  } catch {
    throw new ApiError(0, { error: "The server cannot be reached at the moment." });
  }
  if (!response.ok) throw new ApiError(response.status, answer);
  return answer;
}
