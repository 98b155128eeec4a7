// Run by host-on-bun.test.ts with the test runner of the compiled program's runtime, which takes vitest's imports as its
// own: the contracts of commands and network over that runtime's calls.
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { localCommands } from "../../src/host/local/commands.ts";
import { localNetwork } from "../../src/host/local/network.ts";
import { commandsContract } from "./commands.contract.ts";
import { networkContract } from "./network.contract.ts";

const environment = {
  PATH: process.env["PATH"],
  CONTRACT_KEPT: "yes",
  NODE_OPTIONS: "",
  BUN_OPTIONS: "",
};

commandsContract({
  name: "local on Bun",
  make: async () => ({
    commands: localCommands(environment),
    programs: {
      tells: ["sh", "-c", "printf out; printf err >&2; exit 3"],
      copies: ["cat"],
      environment: ["env"],
      arguments: ["sh", "-c", 'for word do printf "%s\\n" "$word"; done', "sh"],
      hangs: ["sh", "-c", "sleep 300 & sleep 300"],
    },
  }),
});

describe("with servers", () => {
  const path = (name: string) => join(tmpdir(), `kubeadm-on-bun-${process.pid}-${name}.sock`);
  const servers: Server[] = [];
  let usedPort = 0;
  let freePort = 0;

  async function listening(server: Server, where: number | string): Promise<number> {
    await new Promise<void>((resolve) => {
      if (typeof where === "string") server.listen(where, resolve);
      else server.listen(where, "127.0.0.1", resolve);
    });
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  beforeAll(async () => {
    const http = createServer((connection) => {
      connection.on("error", () => undefined);
      connection.on("data", (request) => {
        const asked = request.toString().split(" ")[1];
        if (asked === "/silent") return;
        connection.end(`HTTP/1.0 ${asked === "/ok" ? "200 OK\r\n\r\nok" : "500 Error\r\nX-A: b\r\n\r\nbad"}`);
      });
    });
    servers.push(http, createServer());
    usedPort = await listening(http, 0);
    const free = createServer();
    freePort = await listening(free, 0);
    free.close();
    await listening(servers[1] ?? free, path("live"));
  });

  afterAll(() => {
    for (const server of servers) server.close();
  });

  networkContract({
    name: "local on Bun",
    make: async () => ({
      network: localNetwork(),
      freePort,
      usedPort,
      socket: path("live"),
      deadSocket: path("dead"),
      urls: {
        ok: `http://127.0.0.1:${usedPort}/ok`,
        bad: `http://127.0.0.1:${usedPort}/bad`,
        silent: `http://127.0.0.1:${usedPort}/silent`,
        refused: `http://127.0.0.1:${freePort}/ok`,
      },
    }),
  });
});
