import { createHash } from "node:crypto";
import type { Release } from "./release.ts";
import { run } from "./run.ts";
import type { Runtime } from "./runtime.ts";

interface Component {
  readonly "bom-ref": string;
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly [field: string]: unknown;
}

interface BillOfMaterials {
  readonly metadata: { readonly component: Component; readonly [field: string]: unknown };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  readonly [field: string]: unknown;
}

/** Hash of each archive of the runtime, as the build pins it. */
export interface RuntimePackage {
  readonly name: string;
  /** Hexadecimal. */
  readonly sha512: string;
}

/**
 * Returns a CycloneDX document: npm's own for the packages that are compiled in, and the runtime with its parts. What npm generates
 * each time, or takes from the machine, is replaced with values that the sources determine.
 */
export async function billOfMaterials(
  { root, version, commit, epoch }: Pick<Release, "root" | "version" | "commit" | "epoch">,
  { runtime, packages }: { readonly runtime: Runtime; readonly packages: readonly RuntimePackage[] },
): Promise<string> {
  const written = await run(
    ["npm", "sbom", "--sbom-format=cyclonedx", "--omit=dev", "--omit=optional", "--omit=peer", "--package-lock-only"],
    {
      cwd: root,
    },
  );
  const bill = JSON.parse(written) as BillOfMaterials;
  const program = bill.metadata.component;
  const runtimes = packages.map((each) => runtimeComponent(each, runtime));
  const parts = runtime.parts.map((part) => partComponent(part));
  const document = {
    ...bill,
    serialNumber: `urn:uuid:${uuidOf(`${commit} ${version.own} ${version.kubernetes}`)}`,
    metadata: {
      timestamp: new Date(epoch * 1000).toISOString(),
      lifecycles: [{ phase: "build" }],
      component: { ...program, type: "application", name: "kubeadm-ts" },
    },
    components: [...bill.components, ...runtimes, ...parts].toSorted((left, right) =>
      left["bom-ref"] < right["bom-ref"] ? -1 : 1,
    ),
    dependencies: [
      ...bill.dependencies.map(({ ref, dependsOn }) => ({
        ref,
        dependsOn: ref === program["bom-ref"] ? [...dependsOn, ...runtimes.map((each) => each["bom-ref"])] : dependsOn,
      })),
      ...runtimes.map((each) => ({ ref: each["bom-ref"], dependsOn: parts.map((part) => part["bom-ref"]) })),
      ...parts.map((part) => ({ ref: part["bom-ref"], dependsOn: [] })),
    ].toSorted((left, right) => (left.ref < right.ref ? -1 : 1)),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function runtimeComponent({ name, sha512 }: RuntimePackage, { version }: Runtime): Component {
  return {
    "bom-ref": `${name}@${version}`,
    type: "platform",
    name,
    version,
    description: "The runtime inside the executable",
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    hashes: [{ alg: "SHA-512", content: sha512 }],
    licenses: [{ license: { id: "MIT" } }],
  };
}

function partComponent({ name, version }: { readonly name: string; readonly version: string }): Component {
  return {
    "bom-ref": `bun/${name}@${version}`,
    type: "library",
    name,
    version,
    description: "A part of the runtime, with the version or the commit that the runtime reports",
    purl: `pkg:generic/${name}@${version}`,
  };
}

/** A UUID of version 8 (RFC 9562), made from a hash. */
function uuidOf(text: string): string {
  const bytes = createHash("sha256").update(text).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
