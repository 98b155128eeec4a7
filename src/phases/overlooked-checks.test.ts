import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../errors/catalogue.ts";
import { KubeadmError } from "../errors/kubeadm-error.ts";
import { type Events, silentEvents } from "../events/events.ts";
import { overlookedChecks } from "./overlooked-checks.ts";

const crash = new KubeadmError("KUBELET_CRASH_LOOP", "the kubelet exits", { remedy: "Read its log." });

/** The remedy of a failure of a run of which this was told before. */
function remedyAfter(tell: (events: Events) => void, failure = crash, command: "init" | "join" = "join") {
  const checks = overlookedChecks(command, silentEvents);
  tell(checks.events);
  const told = checks.explain(failure);
  return told instanceof KubeadmError ? told.remedy : undefined;
}

const finds = (check: string, ignored: boolean) => (events: Events) =>
  events.within("preflight").emit("check.warned", { check, message: `${check} is bad`, ignored });
const skips = (phase: string) => (events: Events) =>
  events.within(phase).emit("phase.skipped", { reason: "skip-phases" });

describe("the remedy of a failure after preflight", () => {
  it("names the findings of preflight that were ignored", () => {
    const both = (events: Events) => {
      finds("Swap", true)(events);
      finds("Port-10250", true)(events);
    };
    expect(remedyAfter(both)).toBe(
      "Read its log. Preflight found this, but --ignore-preflight-errors ignored it: [Swap] Swap is bad; " +
        "[Port-10250] Port-10250 is bad.",
    );
  });

  it("names eight of many, and says how many more there are", () => {
    const many = (events: Events) => {
      for (const check of "ABCDEFGHIJ") finds(check, true)(events);
    };
    expect(remedyAfter(many)).toMatch(/\[H\] H is bad; 2 more, shown above\.$/);
  });

  it.each(["init", "join"] as const)("says that preflight was skipped, and how to run it: %s", (command) => {
    expect(remedyAfter(skips("preflight"), crash, command)).toContain(
      `Preflight was skipped, so this machine wasn't checked: run \`kubeadm ${command} phase preflight\``,
    );
  });

  it.each<[what: string, tell: (events: Events) => void, code: ErrorCode]>([
    ["preflight found nothing", () => undefined, "KUBELET_CRASH_LOOP"],
    ["a finding was a warning anyway", finds("Hostname", false), "KUBELET_CRASH_LOOP"],
    ["another phase was skipped", skips("kubelet-start"), "KUBELET_CRASH_LOOP"],
    ["the cluster is the cause", finds("Swap", true), "DISCOVERY_TOKEN_UNKNOWN"],
    ["preflight failed by other findings", finds("Swap", true), "PREFLIGHT_FAILED"],
  ])("stays unchanged where %s", (_what, tell, code) => {
    expect(remedyAfter(tell, new KubeadmError(code, "x", { remedy: "Do this." }))).toBe("Do this.");
  });

  it("keeps the message, its lines and its details, and lists the findings there", () => {
    const checks = overlookedChecks("join", silentEvents);
    finds("Swap", true)(checks.events);
    const failure = new KubeadmError("KUBELET_UNHEALTHY", ["a", "b"], { details: { journal: ["c"] } });
    expect(checks.explain(failure)).toMatchObject({
      code: "KUBELET_UNHEALTHY",
      message: "a\nb",
      details: { journal: ["c"], ignoredFindings: [{ check: "Swap", message: "Swap is bad" }] },
    });
  });
});
