import { afterAll, beforeAll, expect, test } from "@jest/globals";

import { BackendServer } from "../backend-server";
import { assemble, remove, Server } from "./server";

let folder: string;

beforeAll(async () => {
  folder = await assemble();
});

afterAll(() => remove(folder));

test("one build serves two environments: nothing of either is baked in", async () => {
  for (const publicApiUrl of ["https://api.staging.example.com", "https://api.production.example.com"]) {
    const backend = await new BackendServer().listen();
    const server = await Server.start(folder, { API_URL: backend.url, PUBLIC_API_URL: publicApiUrl });
    const page = await fetch(server.url);
    expect(await page.text()).toContain(publicApiUrl);
    expect(page.headers.get("content-security-policy")).toContain(`connect-src 'self' ${publicApiUrl};`);
    await fetch(`${server.url}/api/tasks`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: "{}",
    });
    expect(backend.asked).toHaveLength(1);
    await server.stop();
    await backend.close();
  }
});

test("without its settings it says which are missing, and ends", async () => {
  const server = await Server.begin(folder, { METRICS_PORT: "" });
  expect(await server.exit).toBe(1);
  expect(server.log.filter(({ level }) => level === "error").map(({ message }) => message)).toEqual([
    "API_URL is not set; give the backend's URL, such as http://backend:8000",
    "PUBLIC_API_URL is not set; give the backend's URL, such as https://api.example.com",
    "METRICS_PORT is not set; give the port for GET /metrics, such as 9090",
  ]);
});

test("a port for metrics that is taken is told, and ends it", async () => {
  const taken = await new BackendServer().listen();
  const server = await Server.begin(folder, {
    API_URL: "http://backend:8000",
    PUBLIC_API_URL: "https://api.example.com",
    METRICS_PORT: String(taken.port),
    HOSTNAME: "127.0.0.1",
  });
  expect(await server.exit).toBe(1);
  expect(server.output).toContain(`METRICS_PORT: cannot listen on ${taken.port}`);
  await taken.close();
});
