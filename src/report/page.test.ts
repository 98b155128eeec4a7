import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventOf, eventTypes, hostileText } from "../../test/fixtures/events/hostile-events.ts";
import { Secret } from "../errors/secret.ts";
import type { Event, EventType, EventTypes } from "../events/event.ts";
import type { UpgradeOutlook } from "../events/upgrade-plan.ts";
import { shell } from "../values/shell.ts";
import { reportPage } from "./page.ts";
import { report } from "./report.ts";

const start = Date.parse("2026-11-24T15:04:05.000Z");

/** An event so many milliseconds after the start. */
function at<K extends EventType>(ms: number, type: K, data: EventTypes[K], phase?: string): Event {
  const time = new Date(start + ms).toISOString();
  return { v: 1, time, ...(phase === undefined ? {} : { phase }), type, ...data } as unknown as Event;
}

const begin = at(0, "run.started", { command: "kubeadm join", version: "kubeadm-ts 0.1.0" });
const end = at(2_000, "run.finished", { durationMs: 2_000 });

/** The text of a section without its markup; undefined if the page has no such section. */
function sectionOf(page: string, id: string): string | undefined {
  const section = new RegExp(`<section[^>]* aria-labelledby="${id}">(.*?)</section>`, "s").exec(page)?.[1];
  return section
    ?.replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

describe("a report", () => {
  it("has a title, a language, headings and a region for each section", () => {
    const page = reportPage([begin, at(1, "warning", { area: "certs", message: "old" }), end]);
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).toContain("<title>kubeadm join: succeeded</title>");
    expect(page).toContain("<h1>kubeadm join: succeeded</h1>");
    expect(sectionOf(page, "warnings")).toBe("Warnings Warning: [certs] old");
    expect(page.match(/<main>/g)).toHaveLength(1);
  });

  it("tells what an examination did not read", () => {
    const examination = { node: "w1", role: "worker", state: "ok" } as const;
    const limits = ["Did not read /a, which is larger than 512 KiB."];
    const limited = reportPage([begin, at(1, "doctor.finished", { ...examination, limits }), end]);
    expect(sectionOf(limited, "limits")).toBe("What was not read Did not read /a, which is larger than 512 KiB.");
    expect(sectionOf(reportPage([begin, at(1, "doctor.finished", examination), end]), "limits")).toBeUndefined();
  });

  it("allows its own style and nothing else", () => {
    const page = reportPage([begin, end]);
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1];
    expect(policy).toMatch(
      /^default-src &#39;none&#39;; style-src &#39;sha256-[\w+/]+=&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;$/,
    );
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(| style=|javascript:/i);
  });

  it("shows a phase with what it waited for, and what ran in parallel", () => {
    const wait = { what: "cluster-info", deadlineMs: 300_000 };
    const request = { method: "GET", url: "https://a:6443/api", status: 200, durationMs: 400 };
    const page = reportPage([
      begin,
      at(100, "phase.started", { summary: "Run checks" }, "preflight"),
      at(200, "wait.progress", { ...wait, reason: "refused", elapsedMs: 50 }, "preflight"),
      at(700, "wait.progress", { ...wait, reason: "no response", elapsedMs: 550 }, "preflight"),
      at(900, "wait.finished", { what: wait.what, durationMs: 750 }, "preflight"),
      at(950, "request.finished", request, "preflight"),
      at(1_000, "request.finished", request, "preflight"),
      at(1_100, "phase.finished", { durationMs: 1_000 }, "preflight"),
      at(1_100, "phase.skipped", { reason: "skip-phases" }, "certs"),
      end,
    ]);
    expect(sectionOf(page, "timeline")).toContain(
      "preflight ✓ done 1.0 s Run checks 2 requests, up to 2 in parallel " +
        "Waited for cluster-info: 750 ms of at most 5 min 0 s, from +0.15 s refused no response certs – skipped skip-phases",
    );
    expect(page).toContain('<rect class="wait" x="7.50%" width="37.50%"');
    expect(page).toContain('<rect class="phase" x="5.00%" width="50.00%"');
  });

  it("counts images in one wait", () => {
    const pull = (ms: number, present: number, pulling: readonly string[]) =>
      at(ms, "images.progress", { present, total: 2, pulling, elapsedMs: ms, deadlineMs: 60_000 }, "preflight");
    const page = reportPage([
      begin,
      pull(10, 0, ["etcd"]),
      pull(20, 1, []),
      pull(30, 1, ["pause"]),
      pull(40, 2, []),
      end,
    ]);
    expect(sectionOf(page, "timeline")).toContain(
      "Waited for pulls of images: 30 ms of at most 1 min 0 s, from +0.01 s 0 of 2 images are present; pulling etcd " +
        "1 of 2 images are present 1 of 2 images are present; pulling pause 2 of 2 images are present",
    );
  });

  it("shows the upgrades of a plan, and what one of them finds on the machine", () => {
    const away = { answers: false, troubles: ["refused"] };
    const outlook: UpgradeOutlook = {
      nodeName: "cp1",
      kubernetesVersion: "v1.37.2",
      images: [
        { image: "pause:1", isPresent: true },
        { image: "etcd:3", isPresent: false },
      ],
      certificates: [{ name: "apiserver", expires: "2027-01-01T00:00:00Z", isRenewed: true }],
      manifests: ["--- a\n+++ b\n-old\n+new\n"],
      edits: ["--- c\n+++ a\n+mine\n"],
      refused: ["kubelet sets --x"],
      deprecated: ["kubelet sets --y"],
      kubelets: [{ nodeName: "w1", version: "v1.33.0", minors: 4, isSupported: false }],
      etcd: {
        members: [
          {
            ...{ id: "1a", name: "cp1", isOwn: true, isLearner: false, isLeader: true, answers: true, troubles: [] },
            ...{ version: "3.6.8", databaseBytes: 2 * 1024 ** 2, quotaBytes: 2 * 1024 ** 3 },
          },
          { ...{ id: "2b", name: "cp2", isOwn: false, isLearner: false, isLeader: false }, ...away },
        ],
        keepsQuorum: false,
        consequence: "The API servers get no answers",
      },
      backups: { unknown: "no such directory" },
    };
    const plan: EventTypes["upgrade.planned"] = {
      upgrades: [
        {
          description: "stable version",
          command: shell`kubeadm upgrade apply v1.37.2`,
          components: [{ name: "kubelet", nodeName: "w1", currentVersion: "v1.33.0", newVersion: "v1.37.2" }],
        },
      ],
      configurations: [{ group: "kubeproxy.config.k8s.io", currentVersion: "", preferredVersion: "v1alpha1" }],
      outlook,
    };
    const page = reportPage([begin, at(1, "upgrade.planned", plan), end]);
    expect(sectionOf(page, "upgrades")).toBe(
      "Upgrades The latest stable version kubeadm upgrade apply v1.37.2 " +
        "Upgrade kubelets manually, after the control plane. Component Node Now Then kubelet w1 v1.33.0 v1.37.2 " +
        "Component configurations Versions of the configurations that the cluster stores. " +
        "API group Now Preferred kubeproxy.config.k8s.io – v1alpha1",
    );
    expect(sectionOf(page, "outlook")).toBe(
      "What to expect from the upgrade to v1.37.2 on cp1 " +
        "Settings Remove these before the upgrade: components of the new version do not start with them. kubelet sets --x " +
        "Components of the new version still accept these, but they are deprecated: a later version may reject them. kubelet sets --y " +
        "Images The upgrade pulls absent images. Image On this machine pause:1 ✓ present etcd:3 ! absent " +
        "Certificates Times are UTC. Certificate Valid until By the upgrade apiserver 2027-01-01 00:00 renewed " +
        "Manifests Without patches. --- a +++ b -old +new " +
        "Manifest edits Edited manually or by patches. " +
        "These edits will be lost unless they are in the ClusterConfiguration or in the patches. --- c +++ a +mine " +
        "Kubelets How far kubelets are behind the new control plane. Node Version Minor versions older w1 v1.33.0 4: upgrade it first " +
        "Etcd As reported by the members of etcd. Member Version Database Role State " +
        "cp1 (this machine) 3.6.8 2 MiB of 2048 MiB leader ✓ responds cp2 – – – ✗ no response: refused " +
        "The API servers get no answers. Backups Unknown: no such directory",
    );
    const none = { directory: "/d", bytes: 0, reserveBytes: 0, availableBytes: 1, isEnough: true };
    const leavesEtcd = { ...plan, outlook: { ...outlook, edits: [], backups: none } };
    expect(sectionOf(reportPage([begin, at(1, "upgrade.planned", leavesEtcd), end]), "outlook")).toMatch(
      /The manifests have no edits: .* Backups No backup of etcd is needed: the upgrade doesn't change etcd\.$/,
    );
    const nothing = reportPage([begin, at(1, "upgrade.planned", { upgrades: [], configurations: [] }), end]);
    expect(sectionOf(nothing, "upgrades")).toContain("There is no newer version for this cluster.");
    expect(sectionOf(nothing, "outlook")).toBeUndefined();
  });

  it("lists the checks that found something first, and the others by name", () => {
    const page = reportPage([
      begin,
      at(1, "check.passed", { check: "Swap", durationMs: 1 }),
      at(2, "check.warned", { check: "Hostname", message: "no such host", ignored: false }),
      at(3, "preflight.failed", { findings: [{ check: "Port-10250", message: "in use", remedy: "Stop `x`." }] }),
      end,
    ]);
    expect(sectionOf(page, "checks")).toBe(
      "Checks 2 checks with findings, or skipped. Check Result Finding Port-10250 ✗ failed in use Remedy: Stop x . " +
        "Hostname ! warning no such host 1 check passed ✓ Swap",
    );
  });

  it("shows each file once, with its mode and what became of it", () => {
    const file = (path: string, outcome: "created" | "changed" | "removed", mode?: number) =>
      at(1, "file.changed", { path, outcome, kind: "file", ...(mode === undefined ? {} : { mode }) });
    const page = reportPage([
      begin,
      file("/a", "created", 0o600),
      file("/a", "changed", 0o640),
      file("/b", "changed", 0o644),
      file("/c", "created", 0o600),
      file("/c", "removed"),
      file("/d", "removed"),
      at(1, "file.changed", { path: "/e", outcome: "created", mode: 0o755, kind: "directory" }),
      at(1, "file.changed", { path: "/f", outcome: "created", kind: "symlink" }),
      end,
    ]);
    expect(sectionOf(page, "files")).toMatch(
      /Path Mode Change \/a 0640 new \/b 0644 changed \/c 0600 new, then removed \/d removed \/e\/ 0755 new \/f symlink new$/,
    );
  });

  it("shows each object in the cluster once, with what happened to it", () => {
    const object = (verb: EventTypes["object.changed"]["verb"], name: string, namespace?: string) =>
      at(1, "object.changed", { verb, resource: "things", name, ...(namespace === undefined ? {} : { namespace }) });
    const page = reportPage([
      begin,
      object("created", "a", "kube-system"),
      object("created", "b"),
      object("patched", "b"),
      object("patched", "b"),
      end,
    ]);
    expect(sectionOf(page, "objects")).toMatch(/ things kube-system\/a: created things b: created, patched$/);
  });

  it("shows requests by server, also those without an answer", () => {
    const request = (url: string, status: number) =>
      at(500, "request.finished", { method: "GET", url, status, durationMs: 100 });
    const page = reportPage([
      begin,
      request("https://a:6443/x?y=1", 200),
      request("https://b:6443/z", 503),
      at(600, "request.failed", { method: "POST", url: "https://a:6443/w", reason: "refused", durationMs: 1 }),
      end,
    ]);
    expect(sectionOf(page, "requests")).toMatch(
      /https:\/\/a:6443 \+0\.40 s GET \/x\?y=1 200 100 ms \+0\.60 s POST \/w none: refused 1 ms https:\/\/b:6443 \+0\.40 s GET \/z 503 100 ms$/,
    );
  });

  it("says how long certificates are valid, at the time of the run", () => {
    const certificate = (path: string, notBefore: string, notAfter: string) =>
      at(1, "certificate.validity", { path, subject: "s", notBefore, notAfter, origin: "made" });
    const page = reportPage([
      begin,
      certificate("/new", "2026-11-24T15:00:00Z", "2027-11-24T15:00:00Z"),
      certificate("/soon", "2026-01-01T00:00:00Z", "2026-11-26T00:00:00Z"),
      certificate("/old", "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
      certificate("/early", "2026-12-01T00:00:00Z", "2027-12-01T00:00:00Z"),
      end,
    ]);
    const text = sectionOf(page, "certificates");
    expect(text).toContain("/new s 2026-11-24 15:00 2027-11-24 15:00 364 days new, signed on this machine");
    expect(text).toContain("2026-11-26 00:00 1 day");
    expect(text).toContain("2026-01-01 00:00 expired");
    expect(text).toContain("2027-12-01 00:00 not valid yet");
  });

  it("has cause, evidence and remedy of a failure before everything else", () => {
    const page = reportPage([
      begin,
      at(1, "phase.started", { summary: "s" }, "kubelet-start"),
      at(2, "wait.progress", { what: "a kubelet", reason: "refused", elapsedMs: 1, deadlineMs: 9 }, "kubelet-start"),
      at(3, "kubelet.advice", { lines: ["panic: oh no"] }, "kubelet-start"),
      at(4, "request.finished", { method: "GET", url: "https://a/x", status: 503, durationMs: 1 }, "kubelet-start"),
      at(5, "phase.failed", { durationMs: 4, code: "KUBELET_UNHEALTHY" }, "kubelet-start"),
      at(6, "run.failed", {
        code: "KUBELET_UNHEALTHY",
        message: "no kubelet\nsecond line",
        causes: ["swap is on"],
        remedy: "Run `swapoff -a`.",
        details: { unit: "kubelet", log: ["line 1", "line 2"], empty: [] },
      }),
    ]);
    expect(page.indexOf('id="failure"')).toBeLessThan(page.indexOf('id="timeline"'));
    expect(sectionOf(page, "failure")).toBe(
      "Why it failed no kubelet second line Cause swap is on Evidence Phase kubelet-start waited 4 ms for a kubelet: refused " +
        "1 request failed: GET https://a/x : 503 unit kubelet log: line 1 line 2 Output about the failure: " +
        "panic: oh no Remedy Run swapoff -a . Code: KUBELET_UNHEALTHY",
    );
    expect(page).toContain("<title>kubeadm join: failed</title>");
  });

  it.each<[string, readonly Event[], string]>([
    [
      "an interrupted run",
      [begin, at(1, "run.failed", { code: "CANCELLED", message: "m", causes: [], remedy: "r", details: {} })],
      "kubeadm join: interrupted",
    ],
    ["a run that was killed", [begin, at(1, "phase.started", { summary: "s" }, "certs")], "kubeadm join: not finished"],
    [
      "a run that has made the directory of a dry run, which a flag has turned off",
      [begin, at(1, "dryrun.directory", { path: "/tmp/a", variable: "KUBEADM_JOIN_DRYRUN_DIR" }), end],
      "kubeadm join: succeeded",
    ],
    ["a dry run", [begin, at(1, "dryrun.would", { area: "a", action: "b" }), end], "kubeadm join (dry run): succeeded"],
    ["no events at all", [], "kubeadm: not finished"],
    [
      "the last of several runs",
      [begin, at(1, "run.failed", { code: "USAGE", message: "m", causes: [], remedy: "r", details: {} }), begin, end],
      "kubeadm join: succeeded",
    ],
  ])("names %s", (_, events, title) => {
    expect(reportPage(events)).toContain(`<h1>${title}</h1>`);
  });

  it("lists what a reset leaves, with the command that removes it", () => {
    const leftovers = [{ what: "CNI configuration", command: shell`rm -r /etc/cni/net.d` }];
    const page = reportPage([begin, at(1, "reset.finished", { wasClean: false, dryRun: false, leftovers }), end]);
    expect(sectionOf(page, "leftovers")).toContain("CNI configuration To remove it: rm -r /etc/cni/net.d");
  });

  it("is the same for the same events, whatever the clock says", () => {
    expect(reportPage([begin, end])).toBe(reportPage([begin, end]));
  });

  it("is not confused by a clock that is set back during the run", () => {
    const page = reportPage([
      begin,
      at(500, "phase.started", { summary: "s" }, "a"),
      at(-3_600_000, "phase.finished", { durationMs: 1 }, "a"),
      at(-3_599_000, "run.finished", { durationMs: 1_500 }),
    ]);
    expect(page).not.toMatch(/="-|NaN|Infinity/);
    expect(sectionOf(page, "timeline")).toContain("0 s 1.5 s");
  });
});

describe("hostile text in a report", () => {
  const controls = /[\p{Cs}\p{Zl}\p{Zp}\p{Cf}]|(?![\n\t])\p{Cc}/u;

  /** Only the tags and attributes that the page is made of. */
  function expectTame(page: string): void {
    expect(page).not.toMatch(controls);
    const markup = page.replace(/<style>.*?<\/style>/s, "");
    for (const [, name, attributes = ""] of markup.matchAll(/<\/?([^\s>]*)([^>]*)>/g)) {
      expect(tags).toContain(name?.replace(/\/$/, ""));
      for (const [, attribute] of attributes.matchAll(/([^\s=]+)(?:="[^"]*")?/g))
        expect(knownAttributes).toContain(attribute);
    }
  }
  const tags =
    "!doctype a body br caption code dd details div dl dt footer h1 h2 h3 head header html li main meta nav ol p pre rect section span strong style summary svg table tbody td th thead title tr ul".split(
      " ",
    );
  const knownAttributes =
    "aria-hidden aria-label aria-labelledby charset class colspan content height href html http-equiv id lang name scope width x y /".split(
      " ",
    );

  it.each(eventTypes)("is only text: %s", (type) => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expectTame(reportPage([begin, eventOf(type, text), end]));
      }),
      { numRuns: 8 },
    );
  });

  it("of 300 kilobytes is cut", () => {
    for (const type of eventTypes) {
      const page = reportPage([begin, eventOf(type, `<b>${"x".repeat(300_000)}`)]);
      expect(page.length, type).toBeLessThan(150_000);
      expect(page, type).not.toContain("<b>");
    }
  });

  it("that is a secret is masked, and a Secret is none", () => {
    const page = reportPage([
      at(1, "warning", { message: "token abcdef.0123456789abcdef and https://u:hunter2hunter2@a/" }),
      at(2, "bootstrap.tokens.used", { tokens: [new Secret("abcdef.0123456789abcdef")] }),
      at(3, "certificates.uploaded", { key: new Secret("f".repeat(64)) }),
    ]);
    expect(page).toContain("abcdef.[redacted]");
    for (const secret of ["0123456789abcdef", "hunter2", "f".repeat(64)]) expect(page).not.toContain(secret);
  });

  it("in place of other types is bearable, with types that no one knows", () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const event = fc.dictionary(
      fc.constantFrom(
        "type",
        "time",
        "phase",
        "durationMs",
        "findings",
        "details",
        "lines",
        "path",
        "__proto__",
        "url",
      ),
      value,
    );
    const known = fc
      .tuple(fc.constantFrom(...eventTypes, "future.event"), event)
      .map(([type, fields]) => ({ ...fields, type }));
    fc.assert(
      fc.property(fc.array(known, { maxLength: 5 }), (events) => {
        expectTame(report(events.map((each) => JSON.stringify(each)).join("\n")));
      }),
    );
  });
});

describe("lines of JSON", () => {
  it("that are no events are counted on the page", () => {
    const lines = [JSON.stringify(begin), "{broken", "", "[]", '"text"', '{"type":1}', JSON.stringify(end)];
    const page = report(lines.join("\n"));
    expect(page).toContain("4 lines are not events and were skipped; the first is line 2.");
    expect(page).toContain("<h1>kubeadm join: succeeded</h1>");
    expect(report(`${JSON.stringify(begin)}\nx`)).toContain("Line 2 is not an event and was skipped.");
  });

  it("of a newer format and of several runs are labeled as such", () => {
    const lines = [begin, { ...begin, v: 2 }, end].map((event) => JSON.stringify(event));
    expect(report(lines.join("\n"))).toMatch(/The events are of 2 runs.*newer format than this program/s);
  });
});
