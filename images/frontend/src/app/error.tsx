"use client";

export default function ErrorPage({ reset }: Readonly<{ error: Error; reset: () => void }>) {
  return (
    <>
      <h1>This did not work</h1>
      <p role="alert">The page could not be shown. What happened is in the log of the server.</p>
      <button type="button" onClick={reset}>
        Try again
      </button>
    </>
  );
}
