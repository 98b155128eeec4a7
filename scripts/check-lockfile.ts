// `node scripts/check-lockfile.ts [DIRECTORY]`: every package that npm installs is pinned by version and hash, and none
// of them runs a script when it is installed. Without a hash npm accepts whatever the registry sends.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

interface LockedPackage {
  readonly version?: unknown;
  readonly integrity?: unknown;
  readonly resolved?: unknown;
  readonly link?: unknown;
  readonly hasInstallScript?: unknown;
}

interface Lockfile {
  readonly lockfileVersion?: unknown;
  readonly packages?: Readonly<Record<string, LockedPackage>>;
}

/**
 * The required settings in .npmrc: no script of a package runs, and addresses of a registry stay out of the lockfile.
 */
const settings = ["ignore-scripts=true", "omit-lockfile-registry-resolved=true"];

/** The only hash that is strong enough; 64 bytes in base64. */
const sha512 = /^sha512-[A-Za-z0-9+/]{86}==$/;

const exactVersion = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

/** A second version of a package, under another name: "npm:typescript@5.9.3". */
const alias = /^npm:(@[a-z0-9-]+\/)?[a-z0-9._-]+@/;

function main(directory: string): number {
  const faults = [
    ...faultsOfLockfile(JSON.parse(readFileSync(join(directory, "package-lock.json"), "utf8"))),
    ...faultsOfManifest(JSON.parse(readFileSync(join(directory, "package.json"), "utf8"))),
    ...faultsOfSettings(readFileSync(join(directory, ".npmrc"), "utf8")),
  ];
  for (const fault of faults) console.error(fault);
  return faults.length === 0 ? 0 : 1;
}

function faultsOfLockfile({ lockfileVersion, packages = {} }: Lockfile): readonly string[] {
  if (lockfileVersion !== 3) return [`package-lock.json: version ${String(lockfileVersion)}, expected 3`];
  const { "": project, ...installed } = packages;
  if (project === undefined || Object.keys(installed).length === 0) return ["package-lock.json: no packages"];
  return Object.entries(installed).flatMap(([path, locked]) => {
    const faults: string[] = [];
    if (locked.link === true) faults.push("is a link");
    if (locked.resolved !== undefined) faults.push("has an address");
    if (!exactVersion.test(String(locked.version))) faults.push("has no exact version");
    if (typeof locked.integrity !== "string" || !sha512.test(locked.integrity)) faults.push("has no SHA-512");
    if (locked.hasInstallScript === true) faults.push("has an install script");
    return faults.map((fault) => `package-lock.json: ${path} ${fault}`);
  });
}

function faultsOfManifest(manifest: Readonly<Record<string, unknown>>): readonly string[] {
  return ["dependencies", "devDependencies", "optionalDependencies"].flatMap((group) =>
    Object.entries((manifest[group] ?? {}) as Readonly<Record<string, unknown>>)
      .filter(([, version]) => !exactVersion.test(String(version).replace(alias, "")))
      .map(([name, version]) => `package.json: ${name} is ${String(version)}, not one version of the registry`),
  );
}

function faultsOfSettings(npmrc: string): readonly string[] {
  const lines = npmrc.split("\n").map((line) => line.trim());
  return settings.filter((setting) => !lines.includes(setting)).map((setting) => `.npmrc: lacks ${setting}`);
}

process.exitCode = main(resolve(process.argv[2] ?? join(import.meta.dirname, "..")));
