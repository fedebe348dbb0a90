import { describe, expect, test } from "@jest/globals";

import { readSettings, SettingsError } from "@/settings";

const COMPLETE = { API_URL: "http://backend:8000", PUBLIC_API_URL: "https://api.example.com", METRICS_PORT: "9090" };

function problems(environment: Record<string, string>): readonly string[] {
  try {
    readSettings(environment as NodeJS.ProcessEnv);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

test("settings are taken from the environment", () => {
  expect(readSettings(COMPLETE as unknown as NodeJS.ProcessEnv)).toEqual({
    apiUrl: "http://backend:8000",
    publicApiUrl: "https://api.example.com",
    metricsPort: 9090,
  });
});

test("a slash at the end of a URL is not doubled in what is asked", () => {
  const settings = readSettings({ ...COMPLETE, API_URL: "http://backend:8000/v1/" } as unknown as NodeJS.ProcessEnv);
  expect(settings.apiUrl).toBe("http://backend:8000/v1");
});

test("all that is missing is told at once", () => {
  expect(problems({})).toEqual([
    "API_URL is not set; give the backend's URL, such as http://backend:8000",
    "PUBLIC_API_URL is not set; give the backend's URL, such as https://api.example.com",
    "METRICS_PORT is not set; give the port for GET /metrics, such as 9090",
  ]);
});

describe("a value that cannot work is told with a way out", () => {
  test.each([
    [
      { API_URL: "backend:8000" },
      "API_URL: backend:8000 is no http or https URL; give one such as http://backend:8000",
    ],
    [{ API_URL: "nonsense" }, "API_URL: nonsense is no http or https URL; give one such as http://backend:8000"],
    [
      { PUBLIC_API_URL: "https://user:password@api.example.com" },
      "PUBLIC_API_URL: a query, a fragment or a password does not belong in it; " +
        "give one such as https://api.example.com",
    ],
    [{ METRICS_PORT: "0" }, "METRICS_PORT: 0 is no port; give 1 to 65535, such as 9090"],
    [{ METRICS_PORT: "0x50" }, "METRICS_PORT: 0x50 is no port; give 1 to 65535, such as 9090"],
    [{ METRICS_PORT: "65536" }, "METRICS_PORT: 65536 is no port; give 1 to 65535, such as 9090"],
    [
      { METRICS_PORT: "3000", PORT: "3000" },
      "METRICS_PORT: 3000 is PORT too, and metrics are not for everybody; give another, such as 9090",
    ],
  ])("%j", (change, problem) => {
    expect(problems({ ...COMPLETE, ...change } as Record<string, string>)).toEqual([problem]);
  });
});
