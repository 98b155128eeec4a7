import type { InspectServer } from "../cluster/https-inspection.ts";
import type { ConnectTransport } from "../cluster/transport.ts";
import type { ConnectContainerRuntime } from "../cri/container-runtime.ts";
import type { ConnectEtcd } from "../etcd/etcd.ts";
import type { Host } from "../host/host.ts";
import type { FindDirectory } from "../host/path-from.ts";

/** Where text goes. Writing never fails: `lost` tells what did not arrive. */
export interface Output {
  /** Text of one or more lines. Everything else that a terminal interprets is written as `\uXXXX` (errors/printable-text.ts). */
  write(text: string): void;
  /** One of our own escape sequences, unchanged. */
  control(sequence: string): void;
  /** Asked only by what redraws or colors: finding out costs memory. */
  isTerminal(): boolean;
  /** Columns of the terminal at this moment; undefined if they are unknown. */
  columns(): number | undefined;
  /**
   * Draws a line in place of the last one that this drew. Whatever is written to either output erases it first;
   * undefined only erases it. Only for a terminal.
   */
  live(text: string | undefined): void;
  /**
   * Why some of the text did not arrive, in Go's words; undefined if all did. A reader that has gone away is no reason: it
   * has seen what it wanted.
   */
  lost(): string | undefined;
}

/** What `kubeadm version` prints in addition to the version. */
export interface BuildInformation {
  /** Of the sources that were built: 40 hexadecimal digits; "unknown" where that is not known. */
  readonly gitCommit: string;
  /** "clean", or "dirty" where what was built is not what was committed. */
  readonly gitTreeState: string;
  /** RFC 3339: the time of the commit, so that every build of it is the same. */
  readonly buildDate: string;
  /** Stands where upstream has the version of Go: "bun1.4.5", "node24.21.0". */
  readonly runtimeVersion: string;
  readonly compiler: string;
  /** As Go names it: "linux/amd64". */
  readonly platform: string;
}

/**
 * Everything of the outside that a command may use. What is costly to load comes from a function, so that `version` and
 * help do not pay for it.
 */
export interface Ports {
  readonly stdout: Output;
  readonly stderr: Output;
  /** One line of the standard input without its end; undefined where the input has ended. */
  readLine(signal: AbortSignal): Promise<string | undefined>;
  /** The whole standard input; undefined if it has more bytes. */
  readInput(maxBytes: number, signal: AbortSignal): Promise<Uint8Array | undefined>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  /** `Clock.local`, for those who print before there is a host. */
  localTime(time: Date): Date;
  /** Calls the action once a second until the returned function is called. Does not keep the program running. */
  everySecond(action: () => void): () => void;
  readonly build: BuildInformation;
  readonly workingDirectory: FindDirectory;
  /** Aborts with the reason of the interruption (interruption.ts). */
  readonly signal: AbortSignal;
  openHost(): Promise<Host>;
  connectTransport(): Promise<ConnectTransport>;
  inspectServer(): Promise<InspectServer>;
  connectContainerRuntime(): Promise<ConnectContainerRuntime>;
  connectEtcd(): Promise<ConnectEtcd>;
}
