import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";

/** A package as the evil registry gives it out. */
export interface EvilPackage {
  readonly name: string;
  readonly version: string;
  /** Files below the package's directory; executable ones, all of them. */
  readonly files: Readonly<Record<string, string>>;
  /** Further fields of its package.json. */
  readonly manifest?: Readonly<Record<string, unknown>>;
  /** The hash that the registry claims; that of its tarball by default. */
  readonly claimed?: string;
}

export interface EvilRegistry extends AsyncDisposable {
  readonly url: string;
  /** SHA-512 of the tarball of a package, as a lockfile has it. */
  integrityOf(name: string): string;
  /** Whether a package's document was asked for. npm continues to its tarball where the claimed hash is the lockfile's. */
  wasAsked(name: string): boolean;
  /** Whether a package's tarball was sent. */
  hasSent(name: string): boolean;
}

/** A registry of npm on loopback that gives out packages of its own under the names of others. */
export async function evilRegistry(packages: readonly EvilPackage[]): Promise<EvilRegistry> {
  const asked = new Set<string>();
  const sent = new Set<string>();
  const tarballs = new Map(packages.map((each) => [each.name, tarballOf(each)]));
  const server = createServer(({ url = "" }, response) => {
    const path = decodeURIComponent(url).slice(1);
    const tarball = tarballs.get(path.replace(/\/-\/tarball\.tgz$/, ""));
    const found = packages.find(({ name }) => name === path);
    if (found !== undefined) {
      asked.add(path);
      response.end(JSON.stringify(document(found, `http://${String(address())}`, tarballs)));
    } else if (tarball !== undefined) {
      const name = path.replace(/\/-\/tarball\.tgz$/, "");
      sent.add(name);
      response.end(tarball);
    } else {
      response.writeHead(404).end("{}");
    }
  });
  const address = () => `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://${address()}/`,
    integrityOf: (name) => integrity(tarballs.get(name)),
    wasAsked: (name) => asked.has(name),
    hasSent: (name) => sent.has(name),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function document(
  { name, version, manifest, claimed }: EvilPackage,
  origin: string,
  tarballs: ReadonlyMap<string, Buffer>,
): unknown {
  const dist = { tarball: `${origin}/${name}/-/tarball.tgz`, integrity: claimed ?? integrity(tarballs.get(name)) };
  return { name, "dist-tags": { latest: version }, versions: { [version]: { name, version, ...manifest, dist } } };
}

function integrity(tarball: Buffer | undefined): string {
  if (tarball === undefined) throw new Error("the evil registry has no such package");
  return `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
}

function tarballOf({ name, version, files, manifest }: EvilPackage): Buffer {
  using made = temporaryDirectory();
  const directory = made.path;
  const all = { ...files, "package.json": JSON.stringify({ name, version, ...manifest }) };
  for (const [path, content] of Object.entries(all)) {
    const file = join(directory, "package", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode: 0o755 });
  }
  execFileSync("tar", ["-czf", "evil.tgz", "package"], { cwd: directory });
  return readFileSync(join(directory, "evil.tgz"));
}
