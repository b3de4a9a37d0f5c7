/** Live refresh: asks for events since the last one, waiting on the server, and renews what they may have changed. */
import type { QueryClient } from "@tanstack/react-query";
import { api } from "./client";

const WAIT_SECONDS = 25;
const PAUSE_AFTER_FAILURE_MS = 10_000;

export function followEvents(queries: QueryClient): () => void {
  const stop = new AbortController();
  void follow(queries, stop.signal);
  return () => stop.abort();
}

async function follow(queries: QueryClient, signal: AbortSignal): Promise<void> {
  let after: number | undefined;
  while (!signal.aborted) {
    try {
      const { data } = await api.GET("/api/v1/events", { params: { query: after === undefined ? {} : { after, wait_seconds: WAIT_SECONDS } }, signal });
      if (!data) throw new Error("no events");
      if (after !== undefined && data.events.length > 0) {
        await queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "session" });
      }
      after = data.next;
    } catch {
      if (signal.aborted) return;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_FAILURE_MS));
    }
  }
}
