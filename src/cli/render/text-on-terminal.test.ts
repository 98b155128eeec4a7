// What the text renderer shows on a terminal, beside what it shows elsewhere.
import { describe, expect, it } from "vitest";
import { event, show, type View } from "../../../test/fixtures/cli/rendered-events.ts";
import type { Event, EventTypes } from "../../events/event.ts";
import { shell } from "../../values/shell.ts";

describe("a terminal", () => {
  const wait = event("wait.progress", { what: "a", reason: "b", elapsedMs: 1_000, deadlineMs: 2_000 });
  const report = event("preflight.system-report", { lines: [{ key: "OS", value: "Linux", verdict: "good" }] });

  const erase = "\r\u001b[K";
  const redrawn = `${erase}\u001b[?7l[wait] a: b (1s of 2s)\u001b[?7h`;

  it.each<[Event, string]>([
    [event("kubelet.starting", {}), "[kubelet-start] Starting the kubelet\n"],
    [event("run.finished", { durationMs: 1 }), ""],
  ])("has one line for waits, redrawn without wrapping, and gone before %j", (next, stdout) => {
    expect(show([wait, wait, next], { terminal: true })).toEqual({ stderr: redrawn + redrawn + erase, stdout });
  });

  it.each<[string, View, string]>([
    ["has colors", { terminal: true }, "OS: \u001b[0;32mLinux\u001b[0m\n"],
    ["has none with NO_COLOR", { terminal: true, environment: { NO_COLOR: "1" } }, "OS: Linux\n"],
    ["has none where TERM is dumb", { terminal: true, environment: { TERM: "dumb" } }, "OS: Linux\n"],
    ["is not what a pipe is", {}, "OS: Linux\n"],
  ])("%s", (_, view, line) => {
    expect(show([report], view).stdout).toContain(`\n${line}`);
  });

  describe("of a wait that someone else has to end", () => {
    const what = "the kubelet of node w1 to get its client certificate";
    const reason = "certificate signing request csr-x7k2p is Pending: it waits for approval";
    const progress = (elapsedMs: number) =>
      event("wait.progress", { what, reason, elapsedMs, deadlineMs: 300_000, needsAction: true });
    const action = event("wait.action", {
      ...{ what, reason, action: "Approve it:", commands: [shell`kubectl certificate approve csr-x7k2p`] },
    });
    const told = "[wait] Approve it:\n[wait]   kubectl certificate approve csr-x7k2p\n";

    it.each([
      [80, "certificate\n  signing request"],
      [90, "certificate signing\n  request"],
    ])("prints on a terminal of %d columns what is to be done once, and counts below", (columns, broken) => {
      const live = (seconds: number) => `${erase}\u001b[?7l[wait] ${what} (${seconds}s of 5m0s)\u001b[?7h`;
      const { stderr } = show([progress(2_000), action, progress(12_000)], { terminal: true, columns });
      const cut = `[wait] ${what}: ${reason}`.slice(0, columns - 1 - "… (2s of 5m0s)".length);
      const why = reason.replace("certificate signing request", broken);
      expect(stderr).toBe(
        `${erase}\u001b[?7l${cut}… (2s of 5m0s)\u001b[?7h${erase}[wait] ${what}: ${why}\n${told}${live(12)}`,
      );
    });

    it("says it once in a log, after the reason", () => {
      const line = (seconds: number) => `[wait] ${what}: ${reason} (${seconds}s of 5m0s)\n`;
      expect(show([progress(2_000), action, progress(12_000)]).stderr).toBe(`${line(2)}${told}${line(12)}`);
    });
  });

  it.each([{ TERM: "dumb" }, { NO_COLOR: "1" }])("shows plain lines for waits with %j", (environment) => {
    expect(show([wait], { terminal: true, environment }).stderr).toBe("[wait] a: b (1s of 2s)\n");
  });

  it.each<Event>([
    event("wait.finished", { what: "a", durationMs: 1 }),
    event("phase.failed", { durationMs: 1, code: "USAGE" }),
    event("run.failed", { code: "USAGE", message: "m", causes: [], remedy: "r", details: {} }),
  ])("erases the line of a wait at %j", (next) => {
    expect(show([wait, next], { terminal: true })).toEqual({ stderr: redrawn + erase, stdout: "" });
  });

  describe("of a wait whose reason has no room in the live line", () => {
    const what = "cluster-info at https://192.0.2.10:6443";
    const because = (reason: string, elapsedMs: number) =>
      event("wait.progress", { what, reason, elapsedMs, deadlineMs: 300_000 });
    const refused = "dial tcp 192.0.2.10:6443: connect: connection refused";
    const unknown = "the token abcdef has no signature there: it may have expired";
    const live = (seconds: number) => `${erase}\u001b[?7l[wait] ${what} (${seconds}s of 5m0s)\u001b[?7h`;
    const cut = (reason: string, seconds: number) => {
      const times = `… (${seconds}s of 5m0s)`;
      return `${erase}\u001b[?7l${`[wait] ${what}: ${reason}`.slice(0, 79 - times.length)}${times}\u001b[?7h`;
    };

    it("prints each reason once above it when it has lasted five seconds, and counts below", () => {
      const events = [
        ...[because(refused, 0), because(refused, 10_000), because(unknown, 12_000), because(refused, 15_000)],
        because(unknown, 17_000),
      ];
      expect(show(events, { terminal: true, columns: 80 }).stderr).toBe(
        [
          `${cut(refused, 0)}${erase}[wait] ${what}: dial tcp 192.0.2.10:6443:`,
          `  connect: connection refused`,
          `${live(10)}${cut(unknown, 12)}${live(15)}${erase}[wait] ${what}: the token abcdef has no`,
          `  signature there: it may have expired`,
          `${live(17)}`,
        ].join("\n"),
      );
    });

    it("prints it again in a later wait for the same", () => {
      const over = event("wait.finished", { what, durationMs: 1 });
      const wait = [because(refused, 0), because(refused, 5_000)];
      const events = [...wait, over, ...wait];
      const { stderr } = show(events, { terminal: true, columns: 80 });
      expect(stderr.match(/connection refused\n/g)).toHaveLength(2);
    });

    it("has it in the live line of a terminal that is wide enough, and nowhere else", () => {
      const { stderr } = show([because(refused, 9_000)], { terminal: true, columns: 120 });
      expect(stderr).toBe(`${erase}\u001b[?7l[wait] ${what}: ${refused} (9s of 5m0s)\u001b[?7h`);
    });
  });

  describe("during pulls", () => {
    const registry = "registry.k8s.io";
    const pull = (data: Partial<EventTypes["images.progress"]>) =>
      event("images.progress", {
        ...{ present: 3, total: 7, elapsedMs: 4_000, deadlineMs: 60_000 },
        ...{ pulling: [`${registry}/etcd:3.7.0-0`, `${registry}/coredns/coredns:v1.14.6`, `${registry}/pause:3.10.2`] },
        ...data,
      });
    const download = { bytes: 12_345_678, totalBytes: 28_100_000, leftMs: 7_100 };
    const drawn = (line: string) => `${erase}\u001b[?7l[wait] 3 of 7 images${line} (4s of 1m0s)\u001b[?7h`;

    it.each<[string, Partial<EventTypes["images.progress"]>, number, string]>([
      ["counts images", {}, 120, ": pulling registry.k8s.io/etcd:3.7.0-0 and 2 more"],
      [
        "has bytes and the time that is left",
        { download },
        120,
        ": pulling registry.k8s.io/etcd:3.7.0-0 and 2 more, 12.3 of 28.1 MB, 8s left",
      ],
      ["has no time while the pace is unknown", { download: { bytes: 0, totalBytes: 5e6 } }, 60, ", 0.0 of 5.0 MB"],
      ["leaves out the registry", {}, 70, ": pulling etcd:3.7.0-0 and 2 more"],
      ["leaves out the names before the bytes", { download }, 66, ", 12.3 of 28.1 MB, 8s left"],
    ])("%s", (_what, data, columns, line) => {
      const events = [pull(data), pull({ present: 7, pulling: [] })];
      expect(show(events, { terminal: true, columns }).stderr).toBe(`${drawn(line)}${erase}`);
      expect(show(events)).toEqual({ stderr: "", stdout: "" });
    });

    it("does not repeat what the report of every ten seconds says to a log", () => {
      const told = event("wait.progress", {
        ...{ what: "pull of a", reason: "3 of 7 images are present", elapsedMs: 10_000, deadlineMs: 60_000 },
        group: "images",
      });
      expect(show([told], { terminal: true }).stderr).toBe("");
      expect(show([told]).stderr).toBe("[wait] pull of a: 3 of 7 images are present (10s of 1m0s)\n");
    });
  });

  describe("colors as systemctl does:", () => {
    const findings = [{ check: "Port-10250", message: "Port 10250 is in use", remedy: "Stop it." }];
    const [yellow, red, reset] = ["\u001b[0;33m", "\u001b[0;31m", "\u001b[0m"];
    it.each<[string, Event, readonly string[]]>([
      [
        "a warning of preflight is yellow",
        event("check.warned", { check: "Swap", message: "swap is on", ignored: false }),
        [`${yellow}\t[WARNING Swap]:${reset} swap is on\n`],
      ],
      [
        "its errors are red, and what to do about them is not",
        event("preflight.failed", { findings }),
        [`\n${red}\t[ERROR Port-10250]:${reset} Port 10250 is in use\n\t\tStop it.\n`],
      ],
      [
        "the head of any other warning is yellow",
        event("warning", { message: "no" }),
        [`${yellow}W`, ` kubeadm.ts:1]${reset} no\n`],
      ],
    ])("%s", (_what, told, parts) => {
      const { stderr } = show([told], { terminal: true });
      for (const part of parts) expect(stderr).toContain(part);
      for (const environment of [{ TERM: "dumb" }, { NO_COLOR: "1" }]) {
        expect(show([told], { terminal: true, environment }).stderr).toBe(show([told]).stderr);
      }
    });
  });

  it("breaks what to do between words, and a command in it nowhere", () => {
    const remedy =
      "Stop the program that listens there, which `ss --listening --tcp --processes sport = 10250` names, or choose another port.";
    const told = event("check.warned", { check: "Port-10250", message: "m".repeat(100), remedy, ignored: false });
    expect(show([told], { terminal: true, columns: 80 }).stderr.split("\n").slice(1)).toEqual([
      "\t\tStop the program that listens there, which",
      "\t\t  `ss --listening --tcp --processes sport = 10250` names, or",
      "\t\t  choose another port.",
      "",
    ]);
    expect(show([told]).stderr).toContain(`\n\t\t${remedy}\n`);
  });
});
