// Docker's and compose's question, which Kubernetes asks itself: the image has no curl.
const { ok } = await fetch(`http://127.0.0.1:${process.env.PORT ?? 3000}/api/health`).catch(() => ({ ok: false }));
process.exit(ok ? 0 : 1);
