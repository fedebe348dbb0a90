import nextJest from "next/jest.js";

const withNext = nextJest({ dir: import.meta.dirname });

export default withNext({
  testEnvironment: "node",
  // The build holds a second package.json of the same name.
  modulePathIgnorePatterns: ["<rootDir>/.next/"],
  testTimeout: 20_000,
});
