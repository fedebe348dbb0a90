/** @jest-environment ./tests/browser-environment.mjs */
import "@testing-library/jest-dom/jest-globals";

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { TaskForm } from "@/app/task-form";

import { BackendServer, sendJson } from "./backend-server";

const nodeFetch = globalThis.fetch;
let backend: BackendServer;
let states: object[];

beforeEach(async () => {
  backend = await new BackendServer().listen();
  states = [];
  backend.reply = (asked, response) => {
    if (asked.method === "POST") return sendJson(response, 202, { id: "7", status: "queued" });
    const state = states.shift();
    return state ? sendJson(response, 200, { id: "7", result: null, runs: 0, ...state }) : response.destroy();
  };
  // Node's fetch has no page whose address /api/tasks could belong to.
  globalThis.fetch = (address, options) =>
    nodeFetch(String(address).startsWith("/") ? `${backend.url}${String(address)}` : address, options);
});

afterEach(async () => {
  globalThis.fetch = nodeFetch;
  await backend.close();
});

async function submit(text: string): Promise<void> {
  await userEvent.type(screen.getByLabelText("Text"), text);
  await userEvent.click(screen.getByRole("button", { name: "Submit" }));
}

test("a text goes to this server, and its result is read from the public API", async () => {
  states = [{ status: "queued" }, { status: "running" }, { status: "done", result: "2c26b46b", runs: 1 }];
  render(<TaskForm publicApiUrl={backend.url} />);
  await submit("foo");
  await waitFor(() => expect(screen.getByTestId("result")).toHaveTextContent("2c26b46b"), { timeout: 5000 });
  expect(screen.getByTestId("status")).toHaveTextContent("done");
  expect(backend.asked.map(({ method, path, body }) => [method, path, body])).toEqual([
    ["POST", "/api/tasks", '{"text":"foo"}'],
    ["GET", "/tasks/7", ""],
    ["GET", "/tasks/7", ""],
    ["GET", "/tasks/7", ""],
  ]);
});

test("a backend that is away for a moment does not end the following", async () => {
  states = [];
  render(<TaskForm publicApiUrl={backend.url} />);
  await submit("foo");
  await waitFor(() => expect(screen.getByTestId("status")).toHaveTextContent("no answer, trying again"));
  states = [{ status: "done", result: "2c26b46b", runs: 2 }];
  await waitFor(() => expect(screen.getByTestId("result")).toHaveTextContent("2c26b46b"), { timeout: 5000 });
});

test("a refusal is told with its reason", async () => {
  backend.reply = (_, response) => sendJson(response, 502, { error: "the backend did not answer" });
  render(<TaskForm publicApiUrl={backend.url} />);
  await submit("foo");
  expect(await screen.findByRole("alert")).toHaveTextContent("the backend did not answer");
  expect(screen.getByTestId("status")).toHaveTextContent("failed");
});

test("a task that failed is told, and no more asked for", async () => {
  states = [{ status: "failed", result: "worker lost", runs: 2 }];
  render(<TaskForm publicApiUrl={backend.url} />);
  await submit("foo");
  await waitFor(() => expect(screen.getByTestId("status")).toHaveTextContent("failed"));
  expect(screen.getByTestId("result")).toHaveTextContent("worker lost");
  const asked = backend.asked.length;
  await new Promise((resolve) => setTimeout(resolve, 800));
  expect(backend.asked).toHaveLength(asked);
});

test("a page that is left asks no more", async () => {
  states = Array.from({ length: 50 }, () => ({ status: "running" }));
  const { unmount } = render(<TaskForm publicApiUrl={backend.url} />);
  await submit("foo");
  await waitFor(() => expect(screen.getByTestId("status")).toHaveTextContent("running"));
  unmount();
  const asked = backend.asked.length;
  await new Promise((resolve) => setTimeout(resolve, 800));
  expect(backend.asked.length).toBeLessThanOrEqual(asked);
});

test("what changes is read out by screen readers", () => {
  render(<TaskForm publicApiUrl={backend.url} />);
  expect(screen.getByTestId("status").closest("[aria-live]")).toHaveAttribute("aria-live", "polite");
});
