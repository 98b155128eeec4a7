import { nodeSockets } from "../../sockets/node-sockets.ts";
import type { RuntimeCalls } from "./runtime-calls.ts";
import { sourceAddressByNode } from "./source-address-node.ts";
import { startProgramByNode } from "./start-program-node.ts";

export const nodeCalls: RuntimeCalls = {
  sockets: nodeSockets,
  startProgram: startProgramByNode,
  lookup: async (hostname) => (await import("node:dns/promises")).lookup(hostname, { all: true }),
  sourceAddress: sourceAddressByNode,
};
