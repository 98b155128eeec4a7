// --report and `kubeadm report`, with the compiled program.
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { built, run } from "../build/artifact.ts";
import { joinArguments, makeWorld, patient, startKubeadm, type World } from "../faults/world.ts";
import { canariesIn, token } from "../secrets/canaries.ts";
import { programCopy } from "../support/join/program-copy.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";

const binary = process.env["KUBEADM_BINARY"] ?? built("binary");
const limitMs = 150_000;
const path = "/root/report.html";
let program: ReturnType<typeof programCopy>;

beforeAll(() => {
  program = programCopy();
});
afterAll(() => program[Symbol.dispose]());

function kubeadm(world: World, args: readonly string[]) {
  return startKubeadm(world, args, { program: program.path });
}

/** What the page says, and who may read it. */
function pageOf(world: World) {
  const file = world.root.inside(path);
  const page = readFileSync(file, "utf8");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(page).toMatch(/^<!doctype html>.*<\/html>\n$/s);
  return page;
}

describe("--report", () => {
  it(
    "of doctor has the first cause on top, and what to do about it",
    async () => {
      await using world = await makeWorld({ kubelet: {} });
      const doctor = await kubeadm(world, ["doctor", "kubelet-kubeconfig", "swap", "--report", path]).ended;
      expect([doctor.status, doctor.stderr]).toEqual([0, `[report] Wrote the report to "${path}"\n`]);
      expect(pageOf(world)).toContain("<h1>kubeadm doctor: succeeded</h1>");
      world.write("/etc/kubernetes/kubelet.conf", "not a kubeconfig", 0o644);
      const failing = await kubeadm(world, ["doctor", "--report", path]).ended;
      expect(failing.status, failing.stdout).toBe(1);
      const page = pageOf(world);
      expect(page).toContain("<h1>kubeadm doctor: errors found</h1>");
      expect(page).toContain("NODE_UNHEALTHY");
      expect(page).toContain("/etc/kubernetes/kubelet.conf");
    },
    limitMs,
  );

  it(
    "shows a join and then a reset, without secrets",
    async () => {
      await using world = await makeWorld({ kubelet: {} });
      await world.controlPlane.createToken({ token });
      world.write(path, "", 0o644);
      const join = await kubeadm(world, [...joinArguments(world, { token, timeouts: patient }), "--report", path])
        .ended;
      expect(join.status, join.stderr).toBe(0);
      expect(join.stderr).toContain(`[report] Wrote the report to "${path}"\n`);
      expect(join.stdout).toContain("This node has joined the cluster:");
      const page = pageOf(world);
      expect(page).toContain("<h1>kubeadm join: succeeded</h1>");
      for (const part of [
        ...[
          "/etc/kubernetes/kubelet.conf",
          ">0600<",
          "kubelet-start",
          "/api/v1/namespaces/kube-public/configmaps/cluster-info",
        ],
        ...["system:node:w1", "new, from the cluster", "/etc/kubernetes/pki/ca.crt", "checks passed"],
      ]) {
        expect(page).toContain(part);
      }
      expect(canariesIn(page)).toEqual([]);

      const reset = await kubeadm(world, ["reset", "--force", "--ignore-preflight-errors", "all", "--report", path])
        .ended;
      expect(reset.status, reset.stderr).toBe(0);
      expect(pageOf(world)).toMatch(/<h1>kubeadm reset: .*\/etc\/kubernetes\/kubelet\.conf.*removed/s);
    },
    limitMs,
  );

  it(
    "of a join that fails begins with the cause and the remedy",
    async () => {
      await using world = await makeWorld();
      const unknown = "abcdef.0123456789abcdef";
      const outcome = await kubeadm(world, [
        ...joinArguments(world, { token: unknown, timeouts: { discovery: "3s" } }),
        "--report",
        path,
      ]).ended;
      expect(outcome.status).toBe(1);
      expect(outcome.stderr).toMatch(/\[report\] Wrote the report to .*\nerror: .*\nremedy: /s);
      const page = pageOf(world);
      const code = /^code: (\w+)$/m.exec(outcome.stderr)?.[1] ?? "none";
      expect(page).toMatch(
        new RegExp(`<main><section class="failure".*<h3>Remedy</h3>.*<code>${code}</code>.*id="timeline"`, "s"),
      );
      expect(page).not.toContain("0123456789abcdef");
    },
    limitMs,
  );

  it(
    "of a join that is interrupted says so",
    async () => {
      await using world = await makeWorld();
      const args = [
        ...joinArguments(world, { endpoint: "127.0.0.1:1", timeouts: { discovery: "110s" } }),
        "--report",
        path,
      ];
      const running = kubeadm(world, args);
      await expect.poll(() => running.output(), { timeout: 100_000 }).toContain("[wait]");
      running.process.kill("SIGINT");
      expect((await running.ended).status).toBe(130);
      expect(pageOf(world)).toMatch(/<h1>kubeadm join: interrupted<\/h1>.*Waited<\/span> for the cluster-info/s);
    },
    limitMs,
  );

  it(
    "of a dry run is the only file next to the dry run's own",
    async () => {
      await using world = await makeWorld();
      const outcome = await kubeadm(world, [...joinArguments(world), "--dry-run", "--report", path]).ended;
      expect(outcome.status, outcome.stderr).toBe(0);
      expect(pageOf(world)).toContain("<h1>kubeadm join (dry run): succeeded</h1>");
      expect(existsSync(world.root.inside("/etc/kubernetes/kubelet.conf"))).toBe(false);
    },
    limitMs,
  );

  it(
    "of a dry run of init shows its phases",
    async () => {
      using directory = temporaryDirectory();
      const args = [
        "init",
        "--dry-run",
        "--ignore-preflight-errors",
        "all",
        "--node-name",
        "n1",
        "--cri-socket",
        "unix:///x",
      ];
      const outcome = await run(
        [binary, ...args, "--apiserver-advertise-address", "192.0.2.10", "--report", "report.html"],
        { cwd: directory.path, environment: { KUBEADM_INIT_DRYRUN_DIR: join(directory.path, "dry") } },
      );
      expect(outcome.status, outcome.stderr).toBe(0);
      const page = readFileSync(join(directory.path, "report.html"), "utf8");
      expect(page).toMatch(
        /<h1>kubeadm init \(dry run\): succeeded<\/h1>.*control-plane\/apiserver.*kube-apiserver-kubelet-client/s,
      );
    },
    limitMs,
  );

  it.each<[string, (directory: string) => string]>([
    ["a directory", (directory) => directory],
    ["a file in a file", (directory) => join(directory, "file", "report.html")],
  ])("that is %s is a warning with a code, and changes neither the result nor its last line", async (_, place) => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, "file"), "");
    const args = ["join", "phase", "preflight", "--report", place(directory.path)];
    const without = await run([binary, "join", "phase", "preflight"]);
    const outcome = await run([binary, ...args]);
    expect(outcome.status).toBe(without.status);
    expect(outcome.stderr).toMatch(/^W.*\[report\] could not write the report: .* \(REPORT_NOT_WRITTEN\)\n/);
    const json = await run([binary, ...args, "--output", "json"]);
    const events = json.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; code?: string });
    expect(events.slice(-2)).toMatchObject([{ type: "warning", code: "REPORT_NOT_WRITTEN" }, { type: "run.failed" }]);
  });

  it("replaces a symlink, and never follows it", async () => {
    using directory = temporaryDirectory();
    const [target, link] = [join(directory.path, "target"), join(directory.path, "link")];
    writeFileSync(target, "mine");
    symlinkSync(target, link);
    await run([binary, "join", "phase", "preflight", "--report", link]);
    expect(readFileSync(target, "utf8")).toBe("mine");
    expect(readFileSync(link, "utf8")).toContain("<!doctype html>");
  });
});

describe("kubeadm report", () => {
  const lines = [
    { v: 1, time: "2026-11-24T15:04:05.000Z", type: "run.started", command: "kubeadm join", version: "x" },
    { v: 1, time: "2026-11-24T15:04:06.000Z", type: "future.event", field: "<b>" },
    { v: 1, time: "2026-11-24T15:04:07.000Z", type: "run.finished", durationMs: 2_000 },
  ].map((event) => JSON.stringify(event));
  const text = `${lines.join("\n")}\nnot json\n`;
  const shell = (command: string, cwd: string) =>
    run(["/bin/sh", "-c", command], { cwd, environment: { KUBEADM: binary } });

  it("makes a page of a run's events, from stdin and from a file", async () => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, "events.ndjson"), text);
    const piped = await shell('"$KUBEADM" report < events.ndjson', directory.path);
    expect(piped).toMatchObject({ status: 0, stderr: "" });
    expect(piped.stdout).toMatch(
      /<h1>kubeadm join: succeeded<\/h1>.*Line 4 is not an event.*future\.event.*&lt;b&gt;/s,
    );
    expect((await shell('"$KUBEADM" report events.ndjson', directory.path)).stdout).toBe(piped.stdout);
    expect((await shell('cat events.ndjson | "$KUBEADM" report -', directory.path)).stdout).toBe(piped.stdout);
  });

  it("writes a file that no one else may read", async () => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, "events.ndjson"), text);
    const outcome = await shell('umask 0; "$KUBEADM" report events.ndjson --output-file page.html', directory.path);
    expect(outcome).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(statSync(join(directory.path, "page.html")).mode & 0o777).toBe(0o600);
  });

  it.each([
    [
      "no input",
      '"$KUBEADM" report < /dev/null',
      /^error: the standard input has no events\n.*\ncode: REPORT_INPUT_INVALID\n/,
    ],
    ["input that is something else", 'echo hello | "$KUBEADM" report', /^error: the standard input has no events\n/],
    [
      "too much",
      'head -c 17000000 /dev/zero | "$KUBEADM" report',
      /^error: the standard input has more than 16777216 bytes\n/,
    ],
    [
      "a file that is too large",
      'head -c 17000000 /dev/zero > large; "$KUBEADM" report large',
      /^error: large has more than 16777216 bytes\n/,
    ],
    [
      "a file that is not there",
      '"$KUBEADM" report none',
      /^error: open .*none: no such file or directory\n.*code: FILE_OPERATION_FAILED/s,
    ],
  ])("refuses %s", async (_, command, message) => {
    using directory = temporaryDirectory();
    const outcome = await shell(command, directory.path);
    expect(outcome).toMatchObject({ status: 1, stdout: "" });
    expect(outcome.stderr).toMatch(message);
  });
});
