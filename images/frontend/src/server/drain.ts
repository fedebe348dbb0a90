import { subscribe } from "node:diagnostics_channel";

import { log } from "@/log";

import { isForMetrics, type Exchange } from "./requests";

/**
 * Makes Next.js' own handler of SIGTERM end in time.
 *
 * That handler calls server.close(), which stops listening, closes idle connections and waits for all others, but
 * still answers these with keep-alive: a connection that was busy at the signal then lies idle for KEEP_ALIVE_TIMEOUT,
 * which is longer than the pod has, and ends in SIGKILL. A proxy could also go on sending into it.
 */
export function drainOnTermination(): void {
  const inFlight = new Set<Exchange>();
  let draining = false;

  subscribe("http.server.request.start", (message) => {
    const exchange = message as Exchange;
    if (isForMetrics(exchange.request)) return;
    inFlight.add(exchange);
    if (draining) askToClose(exchange);
    exchange.response.once("close", () => {
      inFlight.delete(exchange);
      // Its headers may have been on their way at the signal, and have promised keep-alive.
      if (draining) setImmediate(() => exchange.server.closeIdleConnections());
    });
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      draining = true;
      log.info(`${signal}: no new connections, finishing what is in flight`, { in_flight: inFlight.size });
      inFlight.forEach(askToClose);
    });
  }
}

function askToClose({ response }: Exchange): void {
  if (!response.headersSent) response.setHeader("Connection", "close");
}
