import type { Server } from "node:net";
import type { ProgramFailure } from "../container-program.ts";
import { trackedConnections } from "../control-plane/tracked-connections.ts";

/** Where a component listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Lets the server listen; disposing of the result ends its connections. Throws what `failure` makes of an error. */
export async function startListening(
  server: Server,
  address: ListenAddress,
  failure: (error: Error) => ProgramFailure,
): Promise<AsyncDisposable> {
  const connections = trackedConnections(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(failure(error)));
    server.listen({ ...address, exclusive: true }, resolve);
  });
  return {
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      connections.destroy();
      await closed;
    },
  };
}
