/** A task as the backend tells it. */
export interface Task {
  id: string;
  status: "queued" | "running" | "done" | "failed";
  result: string | null;
  runs: number;
}

export class TaskError extends Error {
  override name = "TaskError";
}

/** Sends a text to this server, which passes it to the backend; the id of the task that it became. */
export async function submitTask(text: string, signal: AbortSignal): Promise<string> {
  const response = await fetch("/api/tasks", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ text }),
    signal,
  });
  if (!response.ok) throw new TaskError(await reasonOf(response));
  const { id } = (await response.json()) as { id: string };
  return id;
}

/** Asks the backend until the task has ended; tells each state on the way. */
export async function followTask(
  publicApiUrl: string,
  id: string,
  tell: (state: string) => void,
  signal: AbortSignal,
  pause = 500,
): Promise<Task> {
  for (;;) {
    const task = await readTask(publicApiUrl, id, signal);
    // A backend that is being replaced, or a network that is gone for a moment, does not end the task.
    tell(task?.status ?? "no answer, trying again");
    if (task?.status === "done" || task?.status === "failed") return task;
    await sleep(pause, signal);
  }
}

async function readTask(publicApiUrl: string, id: string, signal: AbortSignal): Promise<Task | null> {
  let response: Response;
  try {
    response = await fetch(`${publicApiUrl}/tasks/${encodeURIComponent(id)}`, { cache: "no-store", signal });
  } catch (error) {
    if (signal.aborted) throw error;
    return null;
  }
  if (response.status >= 500 || response.status === 429) return null;
  if (!response.ok) throw new TaskError(await reasonOf(response));
  return (await response.json()) as Task;
}

async function reasonOf(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null);
  // `error` is this server's, `detail` the backend's, which has a list there when a field is wrong.
  const { error, detail } = (body ?? {}) as { error?: unknown; detail?: unknown };
  const told = [error, detail].find((text) => typeof text === "string");
  return told ?? `the server answered ${response.status}`;
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", leave);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", leave, { once: true });
  });
}
