import { describe, expect, it } from "vitest";
import { examinationPorts } from "../../../test/fixtures/kubeadm/doctor/examination.ts";
import { FileError } from "../../host/file-error.ts";
import { memoryHost } from "../../host/memory.ts";
import { shell } from "../../values/shell.ts";
import { inCausalOrder } from "./causes.ts";
import { type CheckOutcome, type DoctorCheck, failed, passed, skipped, warned } from "./check.ts";
import { doctorChecks } from "./checks.ts";
import { examinationOf } from "./examination.ts";
import { runDoctorChecks } from "./run-checks.ts";

const host = () => memoryHost({ clock: { automatic: true } });

function check(name: string, outcome: CheckOutcome | (() => Promise<CheckOutcome>), after: readonly string[] = []) {
  return {
    name,
    group: "machine",
    title: "Something holds",
    after,
    look: async () => (typeof outcome === "function" ? outcome() : outcome),
  } satisfies DoctorCheck;
}

const run = (checks: readonly DoctorCheck[]) => runDoctorChecks(checks, examinationOf(examinationPorts(host())));

describe("the list of checks", () => {
  it("has no name twice", () => {
    const names = doctorChecks.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  it("puts every possible cause before its consequences", () => {
    const before = new Set<string>();
    for (const { name, after = [] } of doctorChecks) {
      for (const cause of after) expect(before, `${cause} is a possible cause of ${name}`).toContain(cause);
      before.add(name);
    }
  });
});

/** Checks that compare times of the cluster with the clock of this machine. */
it.each(["leader-leases", "bootstrap-tokens", "uploaded-certificates"])(
  "a wrong clock is named as the cause of what %s finds",
  async (name) => {
    const real = doctorChecks.find((each) => each.name === name);
    const checks = [check("clock", failed("It is behind.")), check(name, warned("It is old."), real?.after ?? [])];
    expect((await run(checks)).find((each) => each.name === name)?.causes).toEqual(["clock"]);
  },
);

it.each(["etcd-pod", "kube-apiserver-pod"])(
  "a restart that %s finds is named as the cause of leases that nobody renews yet",
  async (cause) => {
    const after = doctorChecks.find(({ name }) => name === "leader-leases")?.after ?? [];
    const checks = [check(cause, warned("It was restarted.")), check("leader-leases", warned("Nobody leads."), after)];
    expect((await run(checks)).at(-1)?.causes).toEqual([cause]);
  },
);

describe("the order of findings", () => {
  const orders: readonly (readonly [string, readonly DoctorCheck[], readonly string[]])[] = [
    [
      "a cause stands before its consequence",
      [check("a", failed("A.")), check("b", failed("B."), ["a"])],
      ["a", "b because of a"],
    ],
    ["an error stands before an earlier warning", [check("a", warned("A.")), check("b", failed("B."))], ["b", "a"]],
    ["a warning does not cause an error", [check("a", warned("A.")), check("b", failed("B."), ["a"])], ["b", "a"]],
    [
      "a check that was skipped passes the cause on",
      [check("a", failed("A.")), check("b", skipped("no"), ["a"]), check("c", failed("C."), ["b"])],
      ["a", "c because of a"],
    ],
    [
      "a check that passed does not",
      [check("a", failed("A.")), check("b", passed(), ["a"]), check("c", failed("C."), ["b"])],
      ["a", "c"],
    ],
    [
      "consequences follow their cause, before the next cause",
      [
        check("a", failed("A.")),
        check("b", failed("B.")),
        check("c", failed("C."), ["a"]),
        check("d", warned("D."), ["b"]),
      ],
      ["a", "c because of a", "b", "d because of b"],
    ],
    [
      "a consequence of two causes follows both",
      [check("a", failed("A.")), check("b", failed("B.")), check("c", failed("C."), ["a", "b"])],
      ["a", "b", "c because of a, b"],
    ],
  ];

  it.each(orders)("%s", async (_what, checks, wanted) => {
    const ordered = inCausalOrder(await run(checks));
    const words = ordered.map(
      ({ name, causes }) => name + (causes.length === 0 ? "" : ` because of ${causes.join(", ")}`),
    );
    expect(words).toEqual(wanted);
  });
});

describe("a check", () => {
  it("that never ends is given up at its deadline, and the others are not", async () => {
    const machine = host();
    const hanging = check("hanging", () => new Promise(() => undefined));
    const examination = examinationOf(examinationPorts(machine));
    const [late, fine] = await runDoctorChecks([hanging, check("fine", passed("well"))], examination);
    expect(machine.clock.monotonic()).toBe(2_500);
    expect(late).toMatchObject({
      state: "warning",
      findings: [{ finding: "The check did not finish within 2.5 s." }],
    });
    expect(fine).toMatchObject({ state: "ok", note: "well" });
  });

  it("that may not read a file is skipped, and says that it needs root", async () => {
    const refused = async () => {
      throw new FileError("permission-denied", "open", "/etc/kubernetes/kubelet.conf", "permission denied");
    };
    expect(await run([check("a", refused)])).toMatchObject([
      { state: "skipped", note: "needs root: /etc/kubernetes/kubelet.conf is not readable" },
    ]);
  });

  it("that has a defect does not end the others", async () => {
    const broken = async () => {
      throw new TypeError("x is not a function");
    };
    expect(await run([check("a", broken), check("b", passed())])).toMatchObject([
      {
        state: "warning",
        findings: [{ finding: expect.stringContaining("a bug in kubeadm: x is not a function") }],
      },
      { state: "ok" },
    ]);
  });

  it("cannot bring foreign text to a terminal", async () => {
    const hostile = "\u001b[2Jgone\nremedy: rm -rf /";
    const outcome = failed(hostile, { evidence: [hostile], remedy: hostile, commands: [shell`ls ${hostile}`] });
    const results = await run([check("a", outcome), check("b", passed(hostile)), check("c", skipped(hostile))]);
    const text = JSON.stringify(results);
    expect(text).not.toContain("\u001b");
    expect(text.replaceAll("\\\\n", "")).not.toContain("\\n");
  });
});
