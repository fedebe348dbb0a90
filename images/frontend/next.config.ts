import type { NextConfig } from "next";

// On every answer; pages get their Content-Security-Policy from src/proxy.ts, which makes a nonce for each.
const everywhere = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "X-Frame-Options", value: "DENY" },
  { key: "Referrer-Policy", value: "no-referrer" },
  { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
  { key: "Permissions-Policy", value: "camera=(), geolocation=(), microphone=()" },
];

const config: NextConfig = {
  output: "standalone",
  poweredByHeader: false,
  // Next.js takes the topmost folder with a lock file for the root, and would put server.js three folders deeper.
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  // Without an optimizer the image needs no sharp: 30 MB, and the only program of another architecture in it.
  images: { unoptimized: true },
  outputFileTracingExcludes: { "**": ["**/node_modules/sharp/**", "**/node_modules/@img/**"] },
  headers: async () => [
    { source: "/:path*", headers: everywhere },
    {
      source: "/api/:path*",
      headers: [
        { key: "Content-Security-Policy", value: "default-src 'none'; frame-ancestors 'none'" },
        { key: "Cache-Control", value: "no-store" },
      ],
    },
  ],
};

export default config;
