"use client";

import { useEffect, useRef, useState, type SubmitEvent } from "react";

import { followTask, submitTask } from "@/task";

interface View {
  status: string;
  result: string;
  problem: string;
}

const NOTHING: View = { status: "", result: "", problem: "" };

export function TaskForm({ publicApiUrl }: Readonly<{ publicApiUrl: string }>) {
  const [text, setText] = useState("");
  const [view, setView] = useState(NOTHING);
  const following = useRef<AbortController | null>(null);
  useEffect(() => () => following.current?.abort(), []);

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    // A second text replaces the first: two loops would write into one place by turns.
    following.current?.abort();
    const { signal } = (following.current = new AbortController());
    const tell = (change: Partial<View>) => {
      if (!signal.aborted) setView((before) => ({ ...before, ...change }));
    };
    setView({ ...NOTHING, status: "sending" });
    try {
      const id = await submitTask(text, signal);
      const task = await followTask(publicApiUrl, id, (status) => tell({ status }), signal);
      tell({ result: task.result ?? "" });
    } catch (error) {
      tell({ status: "failed", problem: error instanceof Error ? error.message : String(error) });
    }
  }

  return (
    <>
      <form onSubmit={(event) => void submit(event)}>
        <label htmlFor="text">Text</label>
        <textarea
          id="text"
          name="text"
          rows={4}
          maxLength={10_000}
          required
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit">Submit</button>
      </form>
      {view.problem && <p role="alert">The text was not processed: {view.problem}</p>}
      <dl aria-live="polite">
        <dt>Status</dt>
        <dd data-testid="status">{view.status}</dd>
        <dt>Result</dt>
        <dd data-testid="result">{view.result}</dd>
      </dl>
    </>
  );
}
