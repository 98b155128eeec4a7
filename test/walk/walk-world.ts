import type { RunningKubeadm, ServedText } from "../support/join/stage.ts";

export interface MadeCluster {
  /** host:port */
  readonly endpoint: string;
  readonly certificateKey: string;
  /** `sha256:…`, as init printed it. */
  readonly caPin: string;
}

/** Where a walk happens. */
export interface WalkWorld {
  /** By `kubeadm init --upload-certs` on that machine. */
  makeCluster(machine: string): Promise<MadeCluster>;
  /** A machine by its name; made when it is first spoken of. */
  machine(name: string): Promise<WalkMachine>;
  /** A request by an administrator. Undefined where there is no such object; any other failure throws. */
  request(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<unknown>;
  serveText(text: string, path: string): Promise<ServedText>;
}

export interface WalkMachine {
  readonly hostname: string;
  readonly address: string;
  /** As if typed into a shell there; files without a directory are in /root. */
  type(commandLine: string): RunningKubeadm;
  read(path: string): Promise<string>;
  write(path: string, content: string, mode: number): Promise<void>;
  /** Waits until the Node is Ready. */
  becomesNode(nodeName: string): Promise<void>;
  /** Undoes a join as an operator would, and takes the Node out of the cluster. */
  leave(nodeName: string): Promise<void>;
}
