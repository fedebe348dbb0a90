/** What the container is given by its environment. Read at run time: one image serves staging and production. */
export interface Settings {
  /** The backend inside the cluster, as this server calls it; without a slash at the end. */
  apiUrl: string;
  /** The backend as browsers call it; without a slash at the end. */
  publicApiUrl: string;
  metricsPort: number;
}

/** Everything that is wrong with the environment, a line each. */
export class SettingsError extends Error {
  override name = "SettingsError";

  constructor(readonly problems: readonly string[]) {
    super(problems.join("; "));
  }
}

export function readSettings(environment: NodeJS.ProcessEnv = process.env): Settings {
  const problems: string[] = [];
  const settings = {
    apiUrl: url(environment, "API_URL", "http://backend:8000", problems),
    publicApiUrl: url(environment, "PUBLIC_API_URL", "https://api.example.com", problems),
    metricsPort: port(environment, "METRICS_PORT", 9090, problems),
  };
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

function url(environment: NodeJS.ProcessEnv, name: string, example: string, problems: string[]): string {
  const value = environment[name];
  if (!value) {
    problems.push(`${name} is not set; give the backend's URL, such as ${example}`);
    return "";
  }
  // Node 20 has no URL.parse.
  const parsed = URL.canParse(value) ? new URL(value) : null;
  if (!parsed || !["http:", "https:"].includes(parsed.protocol)) {
    problems.push(`${name}: ${value} is no http or https URL; give one such as ${example}`);
    return "";
  }
  // A query would end up in the middle of what is asked, and a password in every browser.
  if (parsed.search || parsed.hash || parsed.username || parsed.password) {
    problems.push(`${name}: a query, a fragment or a password does not belong in it; give one such as ${example}`);
    return "";
  }
  return parsed.href.replace(/\/+$/, "");
}

function port(environment: NodeJS.ProcessEnv, name: string, example: number, problems: string[]): number {
  const value = environment[name];
  if (!value) {
    problems.push(`${name} is not set; give the port for GET /metrics, such as ${example}`);
    return 0;
  }
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < 1 || number > 65535) {
    problems.push(`${name}: ${value} is no port; give 1 to 65535, such as ${example}`);
    return 0;
  }
  if (value === environment.PORT) {
    problems.push(`${name}: ${value} is PORT too, and metrics are not for everybody; give another, such as ${example}`);
  }
  return number;
}
