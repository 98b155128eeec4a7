import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BuildError } from "../../scripts/build-error.ts";
import { architectureHere, bunOfCheckout } from "../../scripts/pinned-bun.ts";
import { sealedRuntime } from "../../scripts/sealed-runtime.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import { built, checkout, type Outcome, run } from "./artifact.ts";

// The executable runs as root in whatever folder the operator stands: nothing there may become part of it.
// docs/adr/0005 has the flags that see to it, and what they leave open.
describe("the executable", () => {
  let kubeadm = "";
  let folder = "";
  const marker = () => join(folder, "foreign-code-ran");
  /** Commands that load little, and much by need. */
  const names = ["version -o json", "join --help", "join phase kubelet-start --help"];
  const clean = new Map<string, Outcome>();

  beforeAll(() => {
    kubeadm = built("binary");
    for (const name of names) clean.set(name, run([kubeadm, ...name.split(" ")]));
  }, 300_000);

  beforeEach(() => {
    folder = temporaryDirectory().path;
    layHostileFolder(folder, marker());
  });

  test.each(names)("%s works in a clean environment", (command) => {
    expect(clean.get(command)).toMatchObject({ status: 0, stderr: "" });
  });

  test.each(names)("%s takes no code and no setting from the folder it is started in", (command) => {
    const outcome = run([kubeadm, ...command.split(" ")], { cwd: folder });
    expect(outcome).toEqual(clean.get(command));
    expect(existsSync(marker())).toBe(false);
  });

  const hostileVariables: readonly (readonly [string, (folder: string) => string])[] = [
    ["NODE_OPTIONS", (at) => `--require=${at}/evil.js --import=${at}/evil.js`],
    ["NODE_PATH", (at) => `${at}/node_modules`],
    ["NODE_ENV", () => "development"],
    ["NODE_EXTRA_CA_CERTS", (at) => `${at}/no-such-file.pem`],
    ["SSL_CERT_FILE", (at) => `${at}/no-such-file.pem`],
    ["SSL_CERT_DIR", (at) => at],
    ["NODE_USE_SYSTEM_CA", () => "1"],
    ["BUN_INSPECT_PRELOAD", (at) => `${at}/evil.js`],
    ["BUN_CONFIG_VERBOSE_FETCH", () => "curl"],
    ["BUN_INSTALL", (at) => at],
    ["XDG_CONFIG_HOME", (at) => at],
    ["HOME", (at) => at],
  ];
  test.each(hostileVariables)("%s in the environment changes nothing", (variable, value) => {
    const outcome = run([kubeadm, "version", "-o", "json"], { environment: { [variable]: value(folder) } });
    expect(outcome).toEqual(clean.get("version -o json"));
    expect(existsSync(marker())).toBe(false);
  });

  test("BUN_OPTIONS preloads no code", () => {
    const environment = { BUN_OPTIONS: `--preload=${folder}/evil.js` };
    expect(run([kubeadm, "version", "-o", "json"], { environment })).toEqual(clean.get("version -o json"));
    expect(existsSync(marker())).toBe(false);
  });

  test("BUN_BE_BUN does not turn it into plain Bun", () => {
    const outcome = run([kubeadm, "--version"], { environment: { BUN_BE_BUN: "1" } });
    expect(outcome).toMatchObject({ status: 1, stdout: "" });
    expect(outcome.stderr).toContain("unknown flag: --version");
  });

  test("is made of a runtime with every door where it is expected, or not at all", () => {
    const runtime = readFileSync(bunOfCheckout());
    const here = architectureHere();
    expect(() => sealedRuntime(sealedRuntime(runtime, here), here)).toThrow(BuildError);
    const other = here === "x64" ? "arm64" : "x64";
    expect(() => sealedRuntime(runtime, other)).toThrow("the engine's options occurs 0 times, not 1");
  });

  test("names the commit that it was built of", () => {
    const { clientVersion } = JSON.parse(run([kubeadm, "version", "-o", "json"]).stdout);
    const head = run(["git", "-C", checkout, "show", "-s", "--format=%H %cI", "HEAD"]).stdout.trim().split(" ");
    expect(clientVersion.gitCommit).toBe(head[0]);
    expect(Date.parse(clientVersion.buildDate)).toBe(Date.parse(head[1] ?? ""));
    expect(clientVersion.gitTreeState).toMatch(/^(clean|dirty)$/);
    expect(clientVersion).toMatchObject({ goVersion: expect.stringMatching(/^bun\d/), compiler: "bun" });
  });

  test("names no path of the machine it was built on", () => {
    const content = readFileSync(kubeadm);
    expect(content.includes(checkout)).toBe(false);
    expect(content.includes(".build-binary")).toBe(false);
  });

  test("is the same, byte for byte, when another folder at another time builds it", () => {
    for (const name of [
      "bin",
      "src",
      "scripts",
      "package.json",
      "package-lock.json",
      "tsconfig.json",
      ...dependencies(),
    ]) {
      cpSync(join(checkout, name), join(folder, "copy", name), { recursive: true });
    }
    symlinkSync(join(checkout, "node_modules/@oven"), join(folder, "copy/node_modules/@oven"));
    const { gitCommit, gitTreeState, buildDate } = JSON.parse(
      run([kubeadm, "version", "-o", "json"]).stdout,
    ).clientVersion;
    const outcome = run([process.execPath, join(folder, "copy/scripts/build.ts"), "--only", "binary"], {
      environment: {
        KUBEADM_GIT_COMMIT: gitCommit,
        KUBEADM_GIT_TREE_STATE: gitTreeState,
        SOURCE_DATE_EPOCH: String(Date.parse(buildDate) / 1000),
      },
    });
    expect(outcome.stderr).toBe("");
    expect(readFileSync(join(folder, "copy/dist/kubeadm")).equals(readFileSync(kubeadm))).toBe(true);
  }, 120_000);
});

/** Folders of the packages that are compiled in. */
function dependencies(): readonly string[] {
  const { packages } = JSON.parse(readFileSync(join(checkout, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean }>>;
  };
  return Object.keys(packages).filter(
    (path) =>
      path !== "" &&
      packages[path]?.dev !== true &&
      packages[path]?.optional !== true &&
      existsSync(join(checkout, path)),
  );
}

function layHostileFolder(folder: string, marker: string): void {
  const evil = `require("node:fs").writeFileSync(${JSON.stringify(marker)}, ""); console.log("foreign code");\n`;
  const files: Record<string, string> = {
    "evil.js": evil,
    "bunfig.toml": `preload = ["./evil.js"]\nlogLevel = "debug"\n[define]\n"process.argv" = "[]"\n`,
    ".bunfig.toml": `preload = ["./evil.js"]\n`,
    ".env": `NODE_ENV=development\nNODE_TLS_REJECT_UNAUTHORIZED=0\nBUN_OPTIONS=--preload=./evil.js\n`,
    ".env.production": `NODE_TLS_REJECT_UNAUTHORIZED=0\n`,
    ".npmrc": `prefix=./nowhere\n`,
    "package.json": JSON.stringify({ type: "commonjs", main: "./evil.js", imports: { "#*": "./evil.js" } }),
    "tsconfig.json": JSON.stringify({ compilerOptions: { baseUrl: ".", paths: { "*": ["./evil.js"] } } }),
    "kubeadm.ts": evil,
    "index.js": evil,
  };
  for (const name of ["asn1js", "@bufbuild/protobuf"]) {
    files[`node_modules/${name}/index.js`] = evil;
    files[`node_modules/${name}/package.json`] = JSON.stringify({ name, main: "./index.js" });
  }
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}
