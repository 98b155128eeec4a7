import { joinHostPort } from "../../go/host-port.ts";
import type { Files } from "../../host/host.ts";
import { kubeletConfigurationPath } from "../paths.ts";
import { decodeKubeletConfiguration } from "./kubelet-configuration.ts";

export interface HealthEndpoint {
  readonly address: string;
  /** 0 if the endpoint is turned off. */
  readonly port: number;
}

/** Returns the address of this kubelet's health check from its configuration. */
export async function readKubeletHealthEndpoint(files: Pick<Files, "readText">): Promise<HealthEndpoint> {
  const configuration = decodeKubeletConfiguration(await files.readText(kubeletConfigurationPath));
  const address = configuration["healthzBindAddress"];
  const port = configuration["healthzPort"];
  return {
    address: typeof address === "string" && address !== "" ? address : "127.0.0.1",
    port: typeof port === "number" ? port : 10248,
  };
}

export function healthUrl({ address, port }: HealthEndpoint): string {
  return `http://${joinHostPort(address, port)}/healthz`;
}
