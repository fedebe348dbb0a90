import { log } from "@/log";
import { readSettings, SettingsError, type Settings } from "@/settings";

import { drainOnTermination } from "./drain";
import { serveMetrics } from "./metrics";
import { observeRequests } from "./requests";

export async function start(): Promise<void> {
  const settings = settingsOrExit();
  observeRequests();
  drainOnTermination();
  try {
    await serveMetrics(settings.metricsPort);
  } catch (error) {
    log.error(`METRICS_PORT: cannot listen on ${settings.metricsPort}: ${String(error)}; give a free port`);
    process.exit(1);
  }
  log.info("ready", { api_url: settings.apiUrl, public_api_url: settings.publicApiUrl });
}

// A server that starts without them answers every probe and shows a page that cannot work.
function settingsOrExit(): Settings {
  try {
    return readSettings();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    for (const problem of error.problems) log.error(problem);
    process.exit(1);
  }
}
