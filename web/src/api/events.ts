/** Live refresh: asks for events since the last one, waiting on the server, and renews what they may have changed. */
import type { QueryClient } from "@tanstack/react-query";
import { api } from "./client";

const WAIT_SECONDS = 25;
/** A connection that broke once is the network's or a sleeping machine's; after that nothing is expected soon. */
const PAUSES_MS = [1_000, 10_000];

/** Tells whether the server can be reached, from the second failure in a row on. */
export function followEvents(queries: QueryClient, tell: (isReached: boolean) => void): () => void {
  const stop = new AbortController();
  void follow(queries, tell, stop.signal);
  return () => stop.abort();
}

async function follow(queries: QueryClient, tell: (isReached: boolean) => void, signal: AbortSignal): Promise<void> {
  let after: number | undefined;
  let failures = 0;
  while (!signal.aborted) {
    const answer = await api.GET("/api/v1/events", { params: { query: after === undefined ? {} : { after, wait_seconds: WAIT_SECONDS } }, signal }).catch(() => null);
    if (signal.aborted) return;
    // A refusal is an answer: the session has ended, which others find out. What a proxy says in the server's stead is none.
    const isReached = answer !== null && answer.response.status < 500;
    tell(isReached || failures === 0);
    if (answer?.data) {
      // What could not be asked for while the server was away is asked for now.
      if (after !== undefined && (answer.data.events.length > 0 || failures > 0)) {
        await queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "session" });
      }
      after = answer.data.next;
      failures = 0;
    } else {
      const pause = PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)];
      failures += 1;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
