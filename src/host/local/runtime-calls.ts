import type { Sockets } from "../../sockets/sockets.ts";
import type { StartProgram } from "./start-program.ts";

/** What the two runtimes do differently. */
export interface RuntimeCalls {
  readonly sockets: Sockets;
  readonly startProgram: StartProgram;
  /** The addresses of a name. Rejects with the resolver's error. */
  lookup(hostname: string): Promise<readonly { readonly address: string }[]>;
  /** `Network.sourceAddress` */
  readonly sourceAddress: (destination: string, signal: AbortSignal) => Promise<string | undefined>;
}
