import { createServer } from "node:http";

import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

const registry = new Registry();

export const requestDuration = new Histogram({
  name: "http_request_duration_seconds",
  help: "Time from a request's headers to the end of its answer; status 499 is a client that left before.",
  labelNames: ["method", "route", "status"] as const,
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  registers: [registry],
});

export const requestsInFlight = new Gauge({
  name: "http_requests_in_flight",
  help: "Requests that are being answered.",
  registers: [registry],
});

/** Prometheus' own port: the ingress sends everybody to the other one. */
export async function serveMetrics(port: number): Promise<void> {
  collectDefaultMetrics({ register: registry });
  const server = createServer((request, response) => {
    if (request.url?.split("?", 1)[0] !== "/metrics") {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { "Content-Type": registry.contentType }).end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, process.env.HOSTNAME ?? "0.0.0.0", resolve);
  });
}
