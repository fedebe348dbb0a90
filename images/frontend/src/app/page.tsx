import { readSettings } from "@/settings";

import { TaskForm } from "./task-form";

export default function Page() {
  return (
    <>
      <h1>RevRx</h1>
      <p>Hand in a text. A worker computes its digest, and the result appears here.</p>
      <TaskForm publicApiUrl={readSettings().publicApiUrl} />
      <noscript>This page needs JavaScript to show what becomes of a text.</noscript>
    </>
  );
}
