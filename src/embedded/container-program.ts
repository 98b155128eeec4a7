/**
 * The program of a container in the embedded runtime: a function instead of an image. Resolves with the exit status;
 * throws ProgramFailure to end with status 1 and a log line.
 */
export type ContainerProgram = (container: ContainerProcess) => Promise<number>;

/** What a container's program gets from the runtime. */
export interface ContainerProcess {
  /** Command and arguments, the program's name first. */
  readonly argv: readonly string[];
  /** Its reference: "registry.k8s.io/kube-apiserver:v1.37.2". */
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Returns the path on this machine for a path in the container. Throws MissingFile if nothing is mounted there. */
  path(inside: string): string;
  /** Writes a line to the container's log. */
  log(line: string): void;
  /** Aborts when the container should stop; the program then ends with the status that it resolves with. */
  readonly signal: AbortSignal;
}

/** A file that the container does not have. The message is Go's. */
export class MissingFile extends Error {
  constructor(path: string) {
    super(`open ${path}: no such file or directory`);
    this.name = "MissingFile";
  }
}

/** Thrown by a container's program: ends it with exit status 1. The message becomes a line of the log. */
export class ProgramFailure extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ProgramFailure";
  }
}
