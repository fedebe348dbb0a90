/** Liveness: this process answers. It asks nothing else, or a slow backend would have every frontend restarted. */
export function GET(): Response {
  return Response.json({ status: "ok" });
}
