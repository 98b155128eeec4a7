import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";
import { bunOfCheckout } from "../../scripts/pinned-bun.ts";
import { type Outcome, outcomesOf, type Request } from "./grpc-client.ts";

export interface GrpcClient {
  /** How one call, or the last of several, ended. */
  outcome(request: Request): Promise<Outcome | undefined>;
  outcomes(request: Request): Promise<readonly Outcome[]>;
}

/** The runtimes whose own HTTP/2 the calls are made by; for `describe.each`. */
export const runtimes: readonly { readonly runtime: string; client(): GrpcClient }[] = [
  { runtime: "on Node.js", client: () => clientBy(outcomesOf) },
  { runtime: "in the compiled program's runtime", client: clientOnBun },
];

function clientBy(outcomes: GrpcClient["outcomes"]): GrpcClient {
  return { outcomes, outcome: async (request) => (await outcomes(request)).at(-1) };
}

/** One process for all tests of a suite, which make one request after the other. */
function clientOnBun(): GrpcClient {
  let ask: GrpcClient["outcomes"] | undefined;
  let end: (() => void) | undefined;
  beforeAll(() => {
    const bun = bunOfCheckout();
    const script = fileURLToPath(new URL("grpc-client.on-bun.ts", import.meta.url));
    const child = spawn(bun, ["run", "--smol", script], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    ask = async (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error("the client's process has ended");
      return JSON.parse(value) as readonly Outcome[];
    };
    end = () => child.kill();
  });
  afterAll(() => end?.());
  return clientBy(async (request) => {
    if (ask === undefined) throw new Error("the client's process has not been started");
    return ask(request);
  });
}
