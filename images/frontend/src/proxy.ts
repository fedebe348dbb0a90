import { NextResponse, type NextRequest } from "next/server";

import { readSettings } from "@/settings";

/** Gives each page a Content-Security-Policy with a nonce, which Next.js takes from the request for its scripts. */
export function proxy(request: NextRequest): NextResponse {
  const policy = contentSecurityPolicy(crypto.randomUUID(), readSettings().publicApiUrl);
  const headers = new Headers(request.headers);
  headers.set("Content-Security-Policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", policy);
  return response;
}

// Files need no policy, and the API has one of its own in next.config.ts.
export const config = { matcher: "/((?!api/|_next/static/|favicon.ico).*)" };

function contentSecurityPolicy(nonce: string, publicApiUrl: string): string {
  // React's own errors in `next dev` are made with eval.
  const development = process.env.NODE_ENV === "development" ? " 'unsafe-eval'" : "";
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'${development}`,
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    `connect-src 'self' ${new URL(publicApiUrl).origin}`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
