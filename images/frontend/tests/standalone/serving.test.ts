import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";

import { BackendServer, sendJson } from "../backend-server";
import { assemble, remove, Server } from "./server";

let folder: string;
let backend: BackendServer;
let server: Server;

beforeAll(async () => {
  folder = await assemble();
  backend = await new BackendServer().listen();
  server = await Server.start(folder, { API_URL: backend.url, PUBLIC_API_URL: "https://api.example.com" });
});

beforeEach(() => {
  backend.asked.length = 0;
  backend.reply = (_, response) => sendJson(response, 202, { id: "7", status: "queued" });
});

afterAll(async () => {
  await server?.stop();
  await backend.close();
  await remove(folder);
});

function post(body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}/api/tasks`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body,
  });
}

async function logged(field: string, value: string): Promise<Record<string, unknown>> {
  for (;;) {
    const line = server.log.find((entry) => entry[field] === value);
    if (line) return line;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test.each(["/api/health", "/api/ready"])("%s answers without the backend", async (path) => {
  const response = await fetch(server.url + path);
  expect(response.status).toBe(200);
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(backend.asked).toEqual([]);
});

test("a task reaches the backend with its request id, and the answer comes back", async () => {
  const response = await post('{"text":"foo"}', { "X-Request-ID": "browser-1" });
  expect([response.status, await response.json()]).toEqual([202, { id: "7", status: "queued" }]);
  expect(response.headers.get("x-request-id")).toBe("browser-1");
  const [asked] = backend.asked;
  expect([asked?.method, asked?.path, asked?.body]).toEqual(["POST", "/tasks", '{"text":"foo"}']);
  expect(asked?.headers["x-request-id"]).toBe("browser-1");
  expect(await logged("request_id", "browser-1")).toMatchObject({ method: "POST", path: "/api/tasks", status: 202 });
});

test("a request without an id, or with one that is none, is given one", async () => {
  for (const headers of [{}, { "X-Request-ID": "a b" }, { "X-Request-ID": "x".repeat(200) }]) {
    const response = await post("{}", headers);
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(backend.asked.at(-1)?.headers["x-request-id"]).toBe(response.headers.get("x-request-id"));
  }
});

test("a body over the limit is refused and does not reach the backend", async () => {
  const response = await post(JSON.stringify({ text: "x".repeat(70_000) }));
  expect([response.status, await response.json()]).toEqual([
    413,
    expect.objectContaining({ error: "a task has at most 65536 bytes; send a shorter text" }),
  ]);
  expect(backend.asked).toEqual([]);
});

test("what is not JSON is refused: a form of another site can send nothing else", async () => {
  const response = await post("text=foo", { "Content-Type": "application/x-www-form-urlencoded" });
  expect(response.status).toBe(415);
  expect(backend.asked).toEqual([]);
});

test("a backend that breaks off is told as JSON with status 502, and logged with the request's id", async () => {
  backend.reply = (_, response) => response.destroy();
  const response = await post("{}", { "X-Request-ID": "broken-1" });
  expect([response.status, await response.json()]).toEqual([
    502,
    { error: "the backend did not answer; try again in a moment", request_id: "broken-1" },
  ]);
  expect((await logged("request_id", "broken-1"))["level"]).toBe("error");
});

test("every script of the page has the nonce of its policy, and each page another", async () => {
  const nonces = await Promise.all(
    [1, 2].map(async () => {
      const response = await fetch(server.url);
      const nonce = /'nonce-([^']+)'/.exec(response.headers.get("content-security-policy") ?? "")?.[1];
      const scripts = (await response.text()).match(/<script[^>]*>/g) ?? [];
      expect(scripts.length).toBeGreaterThan(3);
      expect(scripts.filter((script) => !script.includes(`nonce="${nonce}"`))).toEqual([]);
      return nonce;
    }),
  );
  expect(nonces[0]).not.toBe(nonces[1]);
});

test("the page may talk to this server and the public API, and stand in no frame", async () => {
  const policy = (await fetch(server.url)).headers.get("content-security-policy")?.split("; ");
  expect(policy).toEqual(
    expect.arrayContaining([
      "default-src 'none'",
      "connect-src 'self' https://api.example.com",
      "frame-ancestors 'none'",
    ]),
  );
});

test.each(["/", "/nothing", "/api/health", "/robots.txt"])("%s has the security headers", async (path) => {
  const { headers } = await fetch(server.url + path);
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("x-frame-options")).toBe("DENY");
  expect(headers.get("referrer-policy")).toBe("no-referrer");
  expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  expect(headers.get("x-powered-by")).toBeNull();
});

test("the files that a page names are there and may be kept for ever", async () => {
  const page = await (await fetch(server.url)).text();
  const files = new Set(page.match(/\/_next\/static\/[^"\\]+\.(js|css)/g));
  expect(files.size).toBeGreaterThan(3);
  for (const file of files) {
    const response = await fetch(server.url + file);
    expect([file, response.status]).toEqual([file, 200]);
    expect(response.headers.get("cache-control")).toContain("immutable");
  }
});

test("an idle connection outlives a proxy's: nginx keeps its own 60 s, Traefik 90 s", async () => {
  const { headers } = await fetch(server.url);
  expect(headers.get("keep-alive")).toBe("timeout=95");
});

test("metrics are served on their own port, which serves nothing else", async () => {
  await fetch(`${server.url}/?secret=1`);
  const metrics = await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`);
  const text = await metrics.text();
  expect(metrics.headers.get("content-type")).toContain("text/plain; version=0.0.4");
  expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
  expect(text).toMatch(/^http_request_duration_seconds_count\{method="GET",route="\/",status="200"\} [1-9]/m);
  expect(text).not.toContain("secret");
  expect((await fetch(`http://127.0.0.1:${server.metricsPort}/`)).status).toBe(404);
  expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
});

test("any number of addresses that are not there makes one series", async () => {
  await Promise.all(Array.from({ length: 20 }, (_, number) => fetch(`${server.url}/nothing/${number}`)));
  const text = await (await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`)).text();
  expect(text.match(/_count\{.*status="404"\}/g)).toEqual(['_count{method="GET",route="other",status="404"}']);
});

test("every line of the log is JSON, and probes are not in it", async () => {
  await fetch(`${server.url}/api/health`);
  await fetch(server.url, { headers: { "X-Request-ID": "page-1" } });
  await logged("request_id", "page-1");
  for (const line of server.log) expect(line).toMatchObject({ time: expect.any(String), level: expect.any(String) });
  expect(server.log.filter((line) => line["path"] === "/api/health")).toEqual([]);
});

test("nothing is written beside the server: the root file system of a pod is read-only", async () => {
  const before = await contents(folder);
  for (const path of ["/", "/nothing", "/api/ready", "/robots.txt"]) await fetch(server.url + path);
  await post('{"text":"foo"}');
  expect(await contents(folder)).toEqual(before);
});

async function contents(root: string): Promise<string[]> {
  const names = await readdir(root, { recursive: true });
  const seen = names.map(async (name) => {
    const { mtimeMs, size } = await stat(join(root, name));
    return `${name} ${size} ${mtimeMs}`;
  });
  return (await Promise.all(seen)).sort();
}
