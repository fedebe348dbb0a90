import { setTimeout as sleep } from "node:timers/promises";

/** What the backend said, or why there is no answer and what to tell the browser. */
export type Answer = { status: number; body: string } | { status: 502 | 504; failure: string };

const TIMEOUT_SECONDS = 10;
const ATTEMPTS = 3;
const PAUSE_MS = 200;

export async function postToBackend(
  url: string,
  body: string,
  requestId: string,
  seconds = TIMEOUT_SECONDS,
): Promise<Answer> {
  const signal = AbortSignal.timeout(seconds * 1000);
  for (let attempt = 1; ; attempt++) {
    try {
      return await post(url, body, requestId, signal);
    } catch (error) {
      if (signal.aborted) return { status: 504, failure: `no answer from the backend in ${seconds} s` };
      const reason = reasonOf(error);
      // Nothing was sent, so nothing can be done twice: a pod that just went leaves its address in use for a moment.
      if (reason !== "ECONNREFUSED" || attempt === ATTEMPTS) {
        return { status: 502, failure: `cannot reach the backend: ${reason}` };
      }
      await sleep(PAUSE_MS);
    }
  }
}

async function post(url: string, body: string, requestId: string, signal: AbortSignal): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    // A new connection each time. One that is kept stays with its pod while that is replaced, and a request that is
    // sent into it as it closes is lost: a POST is never repeated.
    headers: { "Content-Type": "application/json", "X-Request-ID": requestId, Connection: "close" },
    body,
    cache: "no-store",
    redirect: "manual",
    signal,
  });
  const text = await response.text();
  if (response.headers.get("content-type")?.startsWith("application/json")) {
    return { status: response.status, body: text };
  }
  return { status: 502, failure: `the backend answered ${response.status} without JSON` };
}

function reasonOf(error: unknown): string {
  // fetch says "fetch failed"; what failed is in the cause.
  const { cause = error } = error as { cause?: unknown };
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === "string" ? code : String(cause);
}
