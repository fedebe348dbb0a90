import { randomUUID } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, Server, ServerResponse } from "node:http";

import { log } from "@/log";

import { requestDuration, requestsInFlight } from "./metrics";

/** What Node publishes on http.server.request.start, before Next.js sees the request. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  server: Server;
}

const PROBES = new Set(["/api/health", "/api/ready"]);
const ROUTES = new Set(["/", "/api/tasks", ...PROBES]);

/** Gives each request an id, counts and logs it. Next.js has no hook around all of them, Node has. */
export function observeRequests(): void {
  subscribe("http.server.request.start", (message) => {
    const { request, response } = message as Exchange;
    if (isForMetrics(request)) return;
    const started = process.hrtime.bigint();
    const path = pathOf(request);
    const id = identify(request);
    response.setHeader("X-Request-ID", id);
    requestsInFlight.inc();
    // `close` comes after `finish`, and also when a browser went away before the answer.
    response.once("close", () => {
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      const status = response.writableFinished ? response.statusCode : 499;
      const method = request.method ?? "";
      requestsInFlight.dec();
      requestDuration.observe({ method: knownMethod(method), route: routeOf(path), status }, seconds);
      if (PROBES.has(path)) return;
      log.info("request", { method, path, status, seconds: Number(seconds.toFixed(4)), request_id: id });
    });
  });
}

/** The server of src/server/metrics.ts is in this process, and Node publishes its requests too. */
export function isForMetrics(request: IncomingMessage): boolean {
  return String(request.socket.localPort) === process.env.METRICS_PORT;
}

// What a client sends goes into logs, ours and the backend's: no more than an id may hold.
function identify(request: IncomingMessage): string {
  const given = request.headers["x-request-id"];
  const id = typeof given === "string" && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
  request.headers["x-request-id"] = id;
  return id;
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?", 1)[0] ?? "/";
}

// Labels are a closed set: whoever asks for random paths must not fill Prometheus.
function routeOf(path: string): string {
  if (ROUTES.has(path)) return path;
  return path.startsWith("/_next/static/") ? "/_next/static" : "other";
}

function knownMethod(method: string): string {
  return ["GET", "HEAD", "POST", "OPTIONS"].includes(method) ? method : "other";
}
