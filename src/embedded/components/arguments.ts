import { readFileSync } from "node:fs";
import { type ContainerProcess, MissingFile, ProgramFailure } from "../container-program.ts";

/** The command line of a component, as pflag parses it. */
export class Arguments {
  readonly #values: ReadonlyMap<string, string>;

  /** Throws ProgramFailure for an unknown flag of the component. */
  constructor({ argv }: Pick<ContainerProcess, "argv">, known: readonly string[]) {
    const values = new Map<string, string>();
    for (const word of argv.slice(1)) {
      const [, name = "", value] = /^--([a-z0-9-]+)(?:=([\s\S]*))?$/.exec(word) ?? [];
      if (!known.includes(name)) throw new ProgramFailure(`Error: unknown flag: ${name === "" ? word : `--${name}`}`);
      values.set(name, value ?? "true");
    }
    this.#values = values;
  }

  /** Returns the last value of a flag; the default if it is not set. */
  get(name: string, otherwise = ""): string {
    return this.#values.get(name) ?? otherwise;
  }

  list(name: string): readonly string[] {
    return this.get(name)
      .split(",")
      .filter((entry) => entry !== "");
  }

  number(name: string, otherwise: number): number {
    const text = this.get(name, String(otherwise));
    if (/^\d+$/.test(text)) return Number(text);
    throw new ProgramFailure(`Error: invalid argument ${JSON.stringify(text)} for "--${name}" flag`);
  }

  /**
   * Returns the content of the file that a required flag names; throws ProgramFailure if the container does not have
   * the file.
   */
  file(name: string, container: Pick<ContainerProcess, "path">): string {
    const path = this.get(name);
    if (path === "") throw new ProgramFailure(`"command failed" err="--${name} is required"`);
    return readFile(path, container);
  }
}

export function readFile(path: string, container: Pick<ContainerProcess, "path">): string {
  try {
    return readFileSync(container.path(path), "utf8");
  } catch (error) {
    const isMissing =
      error instanceof MissingFile || (error instanceof Error && "code" in error && error.code === "ENOENT");
    const reason = isMissing ? "no such file or directory" : error instanceof Error ? error.message : String(error);
    throw new ProgramFailure(`"command failed" err="open ${path}: ${reason}"`, error);
  }
}
