import { createServer } from "node:net";
import { expect, test } from "vitest";
import { canListen, freePort } from "./free-port.ts";

test("ports differ, are below those of outgoing connections, and can be listened on", async () => {
  const ports = await Promise.all(Array.from({ length: 200 }, freePort));
  expect(new Set(ports).size).toBe(200);
  expect(Math.max(...ports)).toBeLessThan(32_768);
  expect(await canListen(ports[0] ?? 0)).toBe(true);
});

test("a port that something listens on is not free", async () => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  expect(await canListen(port)).toBe(false);
  await new Promise((closed) => server.close(closed));
});
