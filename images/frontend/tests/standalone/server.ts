import { spawn, type ChildProcess } from "node:child_process";
import { cp, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { freePort } from "../backend-server";

const SOURCES = join(__dirname, "../..");

/** The folder that the Dockerfile makes of a build. */
export async function assemble(): Promise<string> {
  const built = join(SOURCES, ".next/standalone");
  await stat(join(built, "server.js")).catch(() => {
    throw new Error(`${built} holds no server.js; run npm run build before the tests`);
  });
  const folder = await mkdtemp(join(tmpdir(), "frontend-"));
  await cp(built, folder, { recursive: true });
  await cp(join(SOURCES, ".next/static"), join(folder, ".next/static"), { recursive: true });
  await cp(join(SOURCES, "public"), join(folder, "public"), { recursive: true });
  await cp(join(SOURCES, "json-console.mjs"), join(folder, "json-console.mjs"));
  return folder;
}

export const remove = (folder: string) => rm(folder, { recursive: true, force: true });

/** `node server.js` with the image's environment. */
export class Server {
  output = "";
  readonly exit: Promise<number | null>;

  private constructor(
    readonly port: number,
    readonly metricsPort: number,
    readonly process: ChildProcess,
  ) {
    for (const stream of [process.stdout, process.stderr]) {
      stream?.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    }
    this.exit = new Promise((resolve) => process.once("close", resolve));
  }

  /** Without waiting until it answers. */
  static async begin(folder: string, settings: Record<string, string>): Promise<Server> {
    const [port, metricsPort] = [await freePort(), await freePort()];
    const environment = {
      NODE_ENV: "production",
      NODE_OPTIONS: `--import=${join(folder, "json-console.mjs")}`,
      HOSTNAME: "0.0.0.0",
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
      KEEP_ALIVE_TIMEOUT: "95000",
      ...settings,
    } as const;
    // Nothing of the environment of the tests: the image has none of it.
    const process_ = spawn(process.execPath, ["server.js"], { cwd: folder, env: environment });
    return new Server(port, metricsPort, process_);
  }

  static async start(folder: string, settings: Record<string, string>): Promise<Server> {
    const server = await Server.begin(folder, settings);
    const ended = server.exit.then((code) => {
      throw new Error(`the server ended with ${code}: ${server.output}`);
    });
    await Promise.race([server.answers(), ended]);
    ended.catch(() => undefined);
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get log(): Record<string, unknown>[] {
    return this.output.trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async stop(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.exit;
  }

  private async answers(): Promise<void> {
    for (const deadline = Date.now() + 15_000; Date.now() < deadline; ) {
      const response = await fetch(`${this.url}/api/health`).catch(() => null);
      if (response?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`the server did not answer in 15 s: ${this.output}`);
  }
}
