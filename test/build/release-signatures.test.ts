// What SECURITY.md tells people to do with a release, done with a key that is made here, and what a forger would try.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Argv, run } from "../../scripts/release/run.ts";
import { canPackage, copiedSources, endAgent, newSigningKey, quickRelease } from "../support/release/made-releases.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";

const limitMs = 600_000;
const deb = "kubeadm_1.37.2-ts1.0.0_amd64.deb";

describe.skipIf(!canPackage)(
  "a signed release [needs amd64, dpkg, rpm, createrepo-c and gnupg]",
  { timeout: limitMs },
  () => {
    const directory = temporaryDirectory();
    const release = join(directory.path, "release");
    const signer = join(directory.path, "signer");
    const reader = join(directory.path, "reader");
    const stranger = join(directory.path, "stranger");

    beforeAll(async () => {
      const publicKey = await newSigningKey(signer);
      await newSigningKey(stranger);
      const from = copiedSources(join(directory.path, "sources"));
      await quickRelease(release, { from, kinds: ["deb", "rpm"], gnupgHome: signer });
      mkdirSync(reader, { mode: 0o700 });
      writeFileSync(join(directory.path, "known.asc"), publicKey);
      await run(["gpg", "--batch", "--import", join(directory.path, "known.asc")], { env: { GNUPGHOME: reader } });
    }, limitMs);
    afterAll(async () => {
      for (const home of [signer, reader, stranger]) await endAgent(home);
      directory[Symbol.dispose]();
    });

    const works = async (argv: Argv, env: NodeJS.ProcessEnv = {}, cwd = release): Promise<boolean> =>
      run(argv, { env, cwd }).then(
        () => true,
        () => false,
      );
    /** The files are links: forged files are rewritten. */
    const forged = async (name: string): Promise<string> => {
      const copy = join(directory.path, name);
      await run(["cp", "--archive", "--link", release, copy]);
      return copy;
    };
    const append = (file: string, text: string) => {
      const content = readFileSync(file);
      rmSync(file);
      writeFileSync(file, Buffer.concat([content, Buffer.from(text)]));
    };
    const verifySums = (cwd: string) =>
      works(["gpg", "--verify", "SHA256SUMS.asc", "SHA256SUMS"], { GNUPGHOME: reader }, cwd);
    const checkSums = (cwd: string) => works(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], {}, cwd);

    it("contains the public key, and nothing of the secret one", async () => {
      const key = readFileSync(join(release, "kubeadm-ts.asc"), "utf8");
      expect(key).toBe(readFileSync(join(directory.path, "known.asc"), "utf8"));
      expect(key).not.toContain("PRIVATE");
    });

    it("is verified by the commands of SECURITY.md", async () => {
      expect(await verifySums(release)).toBe(true);
      expect(await checkSums(release)).toBe(true);
    });

    it.each([
      ["a package that was changed", (copy: string) => append(join(copy, deb), "x"), { verify: true, check: false }],
      [
        "another list of hashes",
        (copy: string) => append(join(copy, "SHA256SUMS"), "\n"),
        { verify: false, check: true },
      ],
    ])("is refused with %s", async (what, forge, { verify, check }) => {
      const copy = await forged(what.replaceAll(" ", "-"));
      forge(copy);
      expect(await verifySums(copy)).toBe(verify);
      expect(await checkSums(copy)).toBe(check);
    });

    it("is refused if someone else has signed the list of hashes", async () => {
      const copy = await forged("stranger-sums");
      const sign = [
        "gpg",
        "--batch",
        "--yes",
        "--armor",
        "--output",
        "SHA256SUMS.asc",
        "--detach-sign",
        "SHA256SUMS",
      ] as const;
      rmSync(join(copy, "SHA256SUMS.asc"));
      await run(sign, { cwd: copy, env: { GNUPGHOME: stranger } });
      expect(await verifySums(copy)).toBe(false);
    });

    describe("by apt", () => {
      /** apt with directories of its own, which runs without root and knows no other repository. */
      const update = (copy: string) => {
        const home = join(copy, "..", "apt-of-a-user");
        for (const folder of ["state/lists/partial", "cache/archives/partial", "etc/preferences.d"]) {
          mkdirSync(join(home, folder), { recursive: true });
        }
        const key = join(directory.path, "known.asc");
        writeFileSync(
          join(home, "etc/sources.list"),
          `deb [arch=amd64 signed-by=${key}] file:${join(copy, "apt")} stable main\n`,
        );
        const settings = {
          "Dir::State": join(home, "state"),
          "Dir::State::status": "/dev/null",
          "Dir::Cache": join(home, "cache"),
          "Dir::Etc": join(home, "etc"),
          "Dir::Etc::sourceparts": "/dev/null",
          "APT::Sandbox::User": "",
          "APT::Update::Error-Mode": "any",
        };
        const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
        return works(["apt-get", ...options, "update"], {}, copy);
      };

      it("is accepted", async () => {
        expect(await update(await forged("apt-good"))).toBe(true);
      });

      it("is refused with an index that was changed", async () => {
        const copy = await forged("apt-index");
        for (const name of ["Packages", "Packages.gz"]) {
          append(join(copy, "apt/dists/stable/main/binary-amd64", name), "\n");
        }
        expect(await update(copy)).toBe(false);
      });

      it("is refused if someone else has signed it", async () => {
        const copy = await forged("apt-stranger");
        const suite = join(copy, "apt/dists/stable");
        const sign = ["gpg", "--batch", "--yes", "--output", "InRelease", "--clearsign", "Release"] as const;
        for (const name of ["InRelease", "Release.gpg"]) rmSync(join(suite, name));
        await run(sign, { cwd: suite, env: { GNUPGHOME: stranger } });
        expect(await update(copy)).toBe(false);
      });
    });

    describe("by rpm and dnf", () => {
      const rpm = "kubeadm-1.37.2-1000000.ts1.0.0.x86_64.rpm";
      const database = ["--define", `_dbpath ${join(directory.path, "rpm")}`];
      const checkRpm = (file: string) =>
        works(["rpmkeys", ...database, "--define", "_pkgverify_level all", "--checksig", file]);

      beforeAll(async () => {
        await run(["rpmkeys", ...database, "--import", join(directory.path, "known.asc")]);
      });

      it("has a package that is accepted, and refused if it was changed", async () => {
        expect(await checkRpm(join(release, rpm))).toBe(true);
        const copy = join(directory.path, "changed.rpm");
        copyFileSync(join(release, rpm), copy);
        const bytes = readFileSync(copy);
        bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
        writeFileSync(copy, bytes);
        expect(await checkRpm(copy)).toBe(false);
      });

      it("has an index whose signature is verified", async () => {
        const verify = ["gpg", "--verify", "repomd.xml.asc", "repomd.xml"] as const;
        expect(await works(verify, { GNUPGHOME: reader }, join(release, "dnf/repodata"))).toBe(true);
      });
    });
  },
);
