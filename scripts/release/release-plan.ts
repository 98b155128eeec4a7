import { parseArgs } from "node:util";
import { BuildError } from "../build-error.ts";
import { type Architecture, architectures } from "./architectures.ts";

export const kinds = ["deb", "rpm", "tarball", "oci", "npm"] as const;

export type Kind = (typeof kinds)[number];

/** What the command line asks for. */
export interface ReleasePlan {
  readonly output: string;
  readonly kinds: readonly Kind[];
  readonly architectures: readonly Architecture[];
  /** For tests: not compressed, so larger than a release may be, and not examined. */
  readonly quick: boolean;
  readonly sign: boolean;
  readonly allowDirty: boolean;
}

export const help = `Usage: npm run release [-- OPTIONS]

Builds everything that a release consists of into dist/release, and checks what was written.

  --sign                 Sign with the secret key in the directory GNUPGHOME.
  --output DIRECTORY     Write there instead of dist/release.
  --only KIND            ${kinds.join(", ")}; can be repeated. Default: all of them.
  --architecture NAME    ${Object.keys(architectures).join(", ")}; can be repeated. Default: both.
  --quick                Do not compress, and do not examine the packages: for tests.
  --allow-dirty          Build sources that are not committed: nobody can repeat that.
  --help                 Show this.
`;

/** Returns undefined if only help was asked for. */
export function readPlan(argv: readonly string[]): ReleasePlan | undefined {
  const values = optionsOf(argv);
  if (values.help) return undefined;
  return {
    output: values.output,
    kinds: chosen("--only", kinds, values.only),
    architectures: chosen("--architecture", Object.keys(architectures) as Architecture[], values.architecture),
    quick: values.quick,
    sign: values.sign,
    allowDirty: values["allow-dirty"],
  };
}

function optionsOf(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        output: { type: "string", default: "dist/release" },
        only: { type: "string", multiple: true },
        architecture: { type: "string", multiple: true },
        quick: { type: "boolean", default: false },
        sign: { type: "boolean", default: false },
        "allow-dirty": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new BuildError(error.message);
  }
}

function chosen<Name extends string>(
  option: string,
  known: readonly Name[],
  given?: readonly string[],
): readonly Name[] {
  const unknown = given?.find((name) => !known.some((each) => each === name));
  if (unknown !== undefined) throw new BuildError(`${option} ${unknown}: it takes one of ${known.join(", ")}`);
  return known.filter((name) => given?.includes(name) ?? true);
}
