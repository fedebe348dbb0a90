import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
  port: number | undefined;
}

type Reply = (asked: Asked, response: ServerResponse) => void;

/** A server in the backend's place, on a port of its own; what it was asked stays in `asked`. */
export class BackendServer {
  readonly asked: Asked[] = [];
  reply: Reply = (_, response) => sendJson(response, 202, { id: "7", status: "queued" });
  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const asked = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        port: request.socket.remotePort,
      };
      this.asked.push(asked);
      this.reply(asked, response);
    });
  });

  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(port, "127.0.0.1", resolve));
    return this;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json", "Access-Control-Allow-Origin": "*" });
  response.end(JSON.stringify(body));
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = await new BackendServer().listen();
  const { port } = server;
  await server.close();
  return port;
}
