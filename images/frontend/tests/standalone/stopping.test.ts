import { Agent, request, type IncomingMessage } from "node:http";

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";

import { BackendServer, sendJson } from "../backend-server";
import { assemble, remove, Server } from "./server";

let folder: string;
let backend: BackendServer;
let server: Server;
// As a proxy does: a connection is kept for the next request.
let proxy: Agent;

beforeAll(async () => {
  folder = await assemble();
});

beforeEach(async () => {
  proxy = new Agent({ keepAlive: true });
  backend = await new BackendServer().listen();
  server = await Server.start(folder, { API_URL: backend.url, PUBLIC_API_URL: "https://api.example.com" });
});

afterEach(async () => {
  proxy.destroy();
  await server.stop();
  await backend.close();
});

afterAll(() => remove(folder));

function ask(path: string, body?: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { "Content-Type": "application/json" };
    const asking = request(server.url + path, { method: body ? "POST" : "GET", agent: proxy, headers }, (response) => {
      response.resume();
      response.once("end", () => resolve(response));
    });
    asking.once("error", reject);
    asking.end(body);
  });
}

// A request that the backend has and answers after so many milliseconds. An object: an async function awaits a promise.
async function inFlight(milliseconds: number): Promise<{ answer: Promise<IncomingMessage> }> {
  const reached = new Promise<void>((resolve) => {
    backend.reply = (_, response) => {
      resolve();
      setTimeout(() => sendJson(response, 202, { id: "7", status: "queued" }), milliseconds);
    };
  });
  const answer = ask("/api/tasks", "{}");
  await reached;
  return { answer };
}

test("SIGTERM: what is in flight is answered, and the process ends with it", async () => {
  const { answer } = await inFlight(1000);
  server.process.kill("SIGTERM");
  expect((await answer).statusCode).toBe(202);
  // Not after KEEP_ALIVE_TIMEOUT, for which that connection would be kept: the pod has 35 s.
  const answered = Date.now();
  await server.exit;
  expect(Date.now() - answered).toBeLessThan(2000);
});

test("SIGTERM: a proxy is told not to use the connection again", async () => {
  const { answer } = await inFlight(300);
  server.process.kill("SIGTERM");
  expect((await answer).headers.connection).toBe("close");
});

test("SIGTERM: connections that lie idle do not hold it up", async () => {
  await ask("/");
  const signalled = Date.now();
  server.process.kill("SIGTERM");
  await server.exit;
  expect(Date.now() - signalled).toBeLessThan(2000);
});

test("SIGTERM: new connections are refused", async () => {
  const { answer } = await inFlight(1000);
  server.process.kill("SIGTERM");
  await new Promise((resolve) => setTimeout(resolve, 200));
  await expect(ask("/")).rejects.toThrow("ECONNREFUSED");
  expect((await answer).statusCode).toBe(202);
});
