import type { NextRequest } from "next/server";

import { log } from "@/log";
import { postToBackend } from "@/server/backend";
import { readSettings } from "@/settings";

const MAX_BODY_BYTES = 64 * 1024;

/** Passes a task to the backend inside the cluster. Browsers read it there themselves, at PUBLIC_API_URL. */
export async function POST(request: NextRequest): Promise<Response> {
  const { apiUrl } = readSettings();
  const id = request.headers.get("x-request-id") ?? crypto.randomUUID();
  if (!request.headers.get("content-type")?.startsWith("application/json")) {
    return refusal(415, "send the task as application/json", id);
  }
  const body = await limitedText(request, MAX_BODY_BYTES);
  if (body === null) return refusal(413, `a task has at most ${MAX_BODY_BYTES} bytes; send a shorter text`, id);
  const answer = await postToBackend(`${apiUrl}/tasks`, body, id);
  if ("failure" in answer) {
    log.error(answer.failure, { url: `${apiUrl}/tasks`, status: answer.status, request_id: id });
    return refusal(answer.status, "the backend did not answer; try again in a moment", id);
  }
  return new Response(answer.body, {
    status: answer.status,
    headers: { "Content-Type": "application/json", "X-Request-ID": id },
  });
}

/** The body as text, or null when it is longer; it is not read any further then. */
async function limitedText(request: Request, limit: number): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Content-Length may be missing or wrong: what counts is what comes.
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > limit) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function refusal(status: number, error: string, id: string): Response {
  return Response.json({ error, request_id: id }, { status, headers: { "X-Request-ID": id } });
}
