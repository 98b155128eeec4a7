import { bunSockets } from "../../sockets/bun-sockets.ts";
import type { RuntimeCalls } from "./runtime-calls.ts";
import { sourceAddressByBun } from "./source-address-bun.ts";
import { startProgramByBun } from "./start-program-bun.ts";

declare const Bun: {
  readonly dns: { lookup(hostname: string): Promise<readonly { readonly address: string }[]> };
};

/** The compiled program's own calls, without the node: modules that would do the same (docs/adr/0010). */
export const bunCalls: RuntimeCalls = {
  sockets: bunSockets,
  startProgram: startProgramByBun,
  lookup: (hostname) => Bun.dns.lookup(hostname),
  sourceAddress: sourceAddressByBun,
};
