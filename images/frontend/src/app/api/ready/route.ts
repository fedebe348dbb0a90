import { readSettings } from "@/settings";

/**
 * Readiness: a page can be made here. The backend is not asked: all pods share it, and with it down none would be left
 * to show the page that says so.
 */
export function GET(): Response {
  readSettings();
  return Response.json({ status: "ready" });
}
