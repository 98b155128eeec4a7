import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { built, checkout } from "../build/artifact.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";

const binary = process.env["KUBEADM_BINARY"] ?? built("binary");
const source = join(checkout, "bin/kubeadm.ts");

/** The same program on both runtimes. */
const programs = [
  ["on Node.js", [process.execPath, source]],
  ["compiled", [binary]],
] as const;

const root = temporaryDirectory().path;
mkdirSync(join(root, "etc/kubernetes"), { recursive: true });

/** Waits for five minutes for an API server that is not there; nothing is changed before it answers. */
const waitingJoin = [
  ...["join", "phase", "kubelet-start", "127.0.0.1:1", "--node-name", "n", "--rootfs", root],
  ...["--token", "abcdef.0123456789abcdef", "--discovery-token-unsafe-skip-ca-verification"],
];

function start(argv: readonly string[]) {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, { env: { PATH: "/usr/bin:/bin" }, stdio: ["ignore", "pipe", "pipe"] });
  const text = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (chunk: string) => {
      text[stream] += chunk;
    });
  }
  return { child, text, exited: once(child, "close") };
}

describe.each(programs)("the program %s", (_, program) => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("ends after %s with the status that shells expect, and says where it was", async (signal, status) => {
    const { child, text, exited } = start([...program, ...waitingJoin]);
    while (!text.stderr.includes("[wait]")) await once(child.stderr, "data");
    child.kill(signal);
    expect((await exited)[0]).toBe(status);
    expect(text.stderr).toContain("error: interrupted in phase kubelet-start\n");
    expect(readdirSync(join(root, "etc/kubernetes"))).toEqual([]);
  });

  it("shows neither the token in what it prints nor in JSON", async () => {
    for (const output of ["text", "json"]) {
      const { child, text, exited } = start([...program, ...waitingJoin, "-v=9", "-o", output]);
      const stream = output === "text" ? child.stderr : child.stdout;
      while (!/wait/.test(text.stderr + text.stdout)) await once(stream, "data");
      child.kill("SIGTERM");
      await exited;
      expect(text.stdout + text.stderr).not.toContain("0123456789abcdef");
    }
  });

  it("does not crash when no one reads what it writes", async () => {
    const { child, text, exited } = start([...program, "join", "--help"]);
    child.stdout.destroy();
    expect((await exited)[0]).toBe(0);
    expect(text.stderr).toBe("");
  });

  it.skipIf(!existsSync("/usr/bin/script"))(
    "writes an error on a terminal without colors of the runtime's own [needs bsdutils]",
    async () => {
      const { text, exited } = start(["/usr/bin/script", "-qec", [...program, "bogus"].join(" "), "/dev/null"]);
      expect((await exited)[0]).toBe(1);
      const red = "\u001b[0;31merror:\u001b[0m";
      expect(text.stdout.startsWith(`${red} unknown command "bogus" for "kubeadm"\r\nremedy: `)).toBe(true);
      expect(text.stdout.slice(red.length)).not.toContain("\u001b");
    },
  );
});

it("on Node.js too, all that was written arrives, however slow the reader", async () => {
  const script = `
    import { drained, processPorts } from ${JSON.stringify(join(checkout, "bin/process-ports.ts"))};
    const { stdout } = processPorts(new AbortController().signal);
    for (let line = 1; line <= 20_000; line++) stdout.write(\`line \${line} of many\\n\`);
    await drained();
    process.exit(0);`;
  const { child, text, exited } = start([process.execPath, "--input-type=module", "--eval", script]);
  child.stdout.pause();
  await new Promise((resolve) => setTimeout(resolve, 300));
  child.stdout.resume();
  expect((await exited)[0]).toBe(0);
  expect(text.stdout.split("\n").at(-2)).toBe("line 20000 of many");
});
