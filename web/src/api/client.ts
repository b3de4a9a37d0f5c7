/** The one way to the API: typed by openapi/v1.json, with the CSRF token on everything that changes something. */
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

let csrfToken: string | null = null;

/** Remembers the session's token; the sign-in and the session answers carry it. */
export function rememberCsrfToken(token: string | null | undefined): void {
  csrfToken = token ?? null;
}

const withCsrfToken: Middleware = {
  onRequest({ request }) {
    if (csrfToken && request.method !== "GET" && request.method !== "HEAD") request.headers.set("X-CSRF-Token", csrfToken);
    return request;
  },
};

export const api = createClient<paths>({ baseUrl: "", credentials: "same-origin" });
api.use(withCsrfToken);

/** An answer that is no success: RFC 9457 problem details. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, body: unknown) {
    const details = (typeof body === "object" && body !== null ? body : {}) as { title?: string; detail?: string; code?: string };
    super(details.detail ?? details.title ?? `The server answered ${status}.`);
    this.status = status;
    this.code = details.code ?? "";
  }
}

/** The data of an answer, or its problem thrown. */
export async function data<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) throw new Problem(response.status, error);
  return data as T;
}
