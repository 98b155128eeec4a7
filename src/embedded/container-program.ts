/** The program of a container in the runtime stand-in: a function instead of an image. */
export type ContainerProgram = (container: ContainerProcess) => Promise<number>;

/** A container as its program sees it. */
export interface ContainerProcess {
  /** Command and arguments, the program's name first. */
  readonly argv: readonly string[];
  /** registry.k8s.io/kube-apiserver:v1.37.2 */
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Returns this machine's path for a path in the container; throws MissingFile if nothing is mounted there. */
  path(inside: string): string;
  /** A line of the container's stderr. */
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

/** Ends a program with status 1, after this log line. */
export class ProgramFailure extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ProgramFailure";
  }
}
