import { afterEach, beforeEach, expect, test } from "@jest/globals";

import { postToBackend } from "@/server/backend";

import { BackendServer, freePort, sendJson } from "./backend-server";

let backend: BackendServer;

beforeEach(async () => {
  backend = await new BackendServer().listen();
});

afterEach(() => backend.close());

test("what the backend says is handed on, a refusal too", async () => {
  backend.reply = (_, response) => sendJson(response, 422, { detail: "text is missing" });
  expect(await postToBackend(`${backend.url}/tasks`, "{}", "r1")).toEqual({
    status: 422,
    body: '{"detail":"text is missing"}',
  });
});

test("each request has a connection of its own, so that none is sent to a pod that goes", async () => {
  await postToBackend(`${backend.url}/tasks`, "{}", "r1");
  await postToBackend(`${backend.url}/tasks`, "{}", "r2");
  const [first, second] = backend.asked;
  expect(first?.headers.connection).toBe("close");
  expect(second?.port).not.toBe(first?.port);
});

test("an answer without JSON, such as a proxy's page, is 502", async () => {
  backend.reply = (_, response) => response.writeHead(503, { "Content-Type": "text/html" }).end("<h1>503</h1>");
  expect(await postToBackend(`${backend.url}/tasks`, "{}", "r1")).toEqual({
    status: 502,
    failure: "the backend answered 503 without JSON",
  });
});

test("a backend that does not answer in time is 504", async () => {
  backend.reply = () => undefined;
  expect(await postToBackend(`${backend.url}/tasks`, "{}", "r1", 0.2)).toEqual({
    status: 504,
    failure: "no answer from the backend in 0.2 s",
  });
});

test("a backend that breaks off is 502 and is not asked a second time: it may have taken the task", async () => {
  backend.reply = (_, response) => response.destroy();
  const answer = await postToBackend(`${backend.url}/tasks`, "{}", "r1");
  expect(answer.status).toBe(502);
  expect(backend.asked).toHaveLength(1);
});

test("a refused connection is tried again, for nothing was sent", async () => {
  const port = await freePort();
  const late = new BackendServer();
  setTimeout(() => void late.listen(port), 100);
  const answer = await postToBackend(`http://127.0.0.1:${port}/tasks`, "{}", "r1");
  await late.close();
  expect(answer.status).toBe(202);
});

test("connections that are refused for longer are 502", async () => {
  expect(await postToBackend(`http://127.0.0.1:${await freePort()}/tasks`, "{}", "r1")).toEqual({
    status: 502,
    failure: "cannot reach the backend: ECONNREFUSED",
  });
});
