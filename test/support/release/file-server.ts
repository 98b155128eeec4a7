import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { gatewayAddresses } from "../../../lab/addresses.ts";
import type { Lab } from "../../../lab/lab.ts";
import { planOf } from "../../../lab/lab-state.ts";

export interface FileServer extends AsyncDisposable {
  readonly url: string;
}

/** Serves a directory to the hosts of a lab, at their gateway's address. */
export async function serveToHosts(lab: Lab, directory: string): Promise<FileServer> {
  const [address = ""] = gatewayAddresses(planOf(lab.state));
  const script = join(import.meta.dirname, "serve-files.ts");
  const argv = [`--net=${lab.networkNamespace}`, process.execPath, script, directory, address, "80"];
  const server = spawn("nsenter", argv, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(server, "exit");
  for await (const line of createInterface(server.stdout)) {
    if (line === "listening") break;
  }
  if (server.exitCode !== null) throw new Error(`the file server ended with ${server.exitCode}`);
  return {
    url: `http://${address}`,
    [Symbol.asyncDispose]: async () => {
      server.stdin.end();
      await ended;
    },
  };
}
