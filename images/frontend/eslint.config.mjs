import coreWebVitals from "eslint-config-next/core-web-vitals";
import typescript from "eslint-config-next/typescript";

const config = [
  { ignores: [".next/", "coverage/", "next-env.d.ts"] },
  ...coreWebVitals,
  ...typescript,
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
];

export default config;
