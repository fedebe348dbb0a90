// Loaded before Next.js (NODE_OPTIONS in the Dockerfile): its own lines and everybody else's become JSON, one a line.
// Without it a stack trace would reach whoever collects logs as twenty unrelated entries.
import { formatWithOptions, stripVTControlCharacters } from "node:util";

const isPlain = (value) => Object.prototype.toString.call(value) === "[object Object]" && !(value instanceof Error);

function line(level, parts) {
  const last = parts.at(-1);
  const fields = parts.length > 1 && isPlain(last) ? parts.pop() : {};
  const message = stripVTControlCharacters(formatWithOptions({ colors: false, depth: 5 }, ...parts)).trim();
  const entry = { time: new Date().toISOString(), level, message, ...fields };
  try {
    return JSON.stringify(entry);
  } catch {
    // A cycle or a BigInt among the fields.
    const texts = Object.entries(fields).map(([key, value]) => [key, String(value)]);
    return JSON.stringify({ ...entry, ...Object.fromEntries(texts) });
  }
}

const LEVELS = { debug: "debug", log: "info", info: "info", warn: "warning", error: "error", trace: "debug" };

for (const [method, level] of Object.entries(LEVELS)) {
  const stream = level === "error" || level === "warning" ? process.stderr : process.stdout;
  console[method] = (...parts) => {
    // Next.js prints empty lines between its own.
    if (parts.every((part) => part === "" || part === undefined)) return;
    stream.write(`${line(level, parts)}\n`);
  };
}

// Node's own report of these is many lines of text.
process.on("uncaughtException", (error) => {
  console.error(error);
  process.exit(1);
});
