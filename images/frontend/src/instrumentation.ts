import type { Instrumentation } from "next";

/** Called by Next.js once, before the first request is answered. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { start } = await import("./server/start");
  await start();
}

export const onRequestError: Instrumentation.onRequestError = (error, request, context) => {
  const id = request.headers["x-request-id"];
  console.error("request failed", {
    path: request.path.split("?")[0],
    method: request.method,
    request_id: Array.isArray(id) ? id[0] : id,
    route: context.routePath,
    error: error instanceof Error ? error.stack : String(error),
  });
};
