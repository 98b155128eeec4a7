import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, expect, it } from "vitest";
import { localFiles } from "../../src/host/local/files.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";

const kills = 30;
const sizes = { a: 40_000, b: 1_200_000 } as const;

let directory: string;

beforeEach(() => {
  directory = temporaryDirectory().path;
});

/** Replaces one file with two contents in turn, as fast as it can. */
const writer = `
  import { localFiles } from ${JSON.stringify(fileURLToPath(new URL("../../src/host/local/files.ts", import.meta.url)))};
  const files = localFiles();
  const contents = ${JSON.stringify(Object.entries(sizes))}.map(([letter, size]) => letter.repeat(size));
  process.stdout.write("ready\\n");
  for (let round = 0; ; round++) await files.write(process.argv[1], contents[round % 2], { mode: 0o600, secret: true });
`;

async function startWriter(path: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", writer, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.stdout !== null) await once(child.stdout, "data");
  return child;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

it("a run killed while it writes leaves the file whole, and rubbish that the next write sweeps", {
  timeout: 400_000,
}, async () => {
  const path = join(directory, "kubelet.conf");
  let strays = 0;
  for (let kill = 0; kill < kills; kill++) {
    const child = await startWriter(path);
    await pause(5 + Math.random() * 50);
    child.kill("SIGKILL");
    await once(child, "exit");

    const names = readdirSync(directory).filter((name) => name !== "kubelet.conf");
    strays += names.length;
    // No run leaves more than its own one, and each sweeps what the one before has left.
    expect(names.length).toBeLessThanOrEqual(1);
    for (const name of names) {
      expect(name).toMatch(/^\.kubeadm-/);
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    }
    if (!readdirSync(directory).includes("kubelet.conf")) continue;
    const content = readFileSync(path, "utf8");
    expect([`a ${sizes.a}`, `b ${sizes.b}`]).toContain(`${[...new Set(content)].join("")} ${content.length}`);
  }
  // Otherwise no kill has hit a write, and the test has shown nothing.
  expect(strays).toBeGreaterThan(0);
  await localFiles().write(join(directory, "other"), "x", { mode: 0o600 });
  expect(readdirSync(directory).filter((name) => name.startsWith("."))).toEqual([]);
});
