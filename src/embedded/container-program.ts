/** What runs in a container of the runtime stand-in: a function in place of an image. */
export type ContainerProgram = (container: ContainerProcess) => Promise<number>;

/** A container as its program sees it. */
export interface ContainerProcess {
  /** Command and arguments, the program's name first. */
  readonly argv: readonly string[];
  /** registry.k8s.io/kube-apiserver:v1.37.2 */
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  /** This machine's path of one of the container; throws MissingFile where nothing is mounted there. */
  path(inside: string): string;
  /** A line of the container's stderr. */
  log(line: string): void;
  /** Aborts when the container is to stop; the program then ends with the status that it resolves with. */
  readonly signal: AbortSignal;
}

/** A file that a container does not see. Worded as Go words it. */
export class MissingFile extends Error {
  constructor(path: string) {
    super(`open ${path}: no such file or directory`);
    this.name = "MissingFile";
  }
}

/** Ends a program with status 1, after this line of log. */
export class ProgramFailure extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ProgramFailure";
  }
}
