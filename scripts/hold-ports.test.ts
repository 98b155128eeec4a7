import { connect } from "node:net";
import { expect, it } from "vitest";
import { holdNodePorts } from "./hold-ports.ts";

/** Of the kubelet's health check, which listens on no other address. */
const port = 10248;

function isTaken(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
    socket.on("close", () => socket.destroy());
  });
}

it("the ports of a node are held until the last one who holds them lets go", async () => {
  const [first, second] = [await holdNodePorts(), await holdNodePorts()];
  expect(await isTaken()).toBe(true);
  await first[Symbol.asyncDispose]();
  expect(await isTaken()).toBe(true);
  await second[Symbol.asyncDispose]();
  const third = await holdNodePorts();
  expect(await isTaken()).toBe(true);
  await third[Symbol.asyncDispose]();
});
