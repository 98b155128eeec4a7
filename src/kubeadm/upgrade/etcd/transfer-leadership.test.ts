import { describe, expect, it } from "vitest";
import {
  etcdMachine,
  manifest,
  namesIn,
  newManifest,
  type OtherMember,
  oldManifest,
  others,
  outcomeOn,
} from "../../../../test/fixtures/kubeadm/upgrade/etcd/etcd-machine.ts";
import { EtcdError } from "../../../etcd/etcd.ts";
import { upgradeEtcd } from "./upgrade-etcd.ts";

const previous: OtherMember = { name: "cp2", answers: true };
const upgraded: OtherMember = { name: "cp3", answers: true, version: "3.7.0" };

describe("a member of etcd that leads and is upgraded", () => {
  it.each([
    ["that is upgraded", [previous, upgraded], "cp3"],
    ["that is upgraded, whichever comes first", [upgraded, previous], "cp3"],
    ["of the newest version", [upgraded, { ...previous, version: "3.10.0" }], "cp2"],
    ["that is upgraded while another one does not respond", [{ ...previous, answers: false }, upgraded], "cp3"],
  ])("transfers its leadership before it ends to a member %s", async (_which, others, to) => {
    const machine = await etcdMachine({ others });
    expect(await outcomeOn(machine)).toBe("upgraded");
    expect(machine.transfers).toEqual([{ to, running: oldManifest, afterStop: true }]);
    expect(machine.told).toContainEqual(
      expect.objectContaining({ type: "upgrade.etcd.leadership.transferred", member: to }),
    );
  });

  it.each([
    ["is upgraded", others(true, true)],
    ["is upgraded and answers", [previous, { ...upgraded, answers: false }]],
    ["is upgraded and votes", [previous, { ...upgraded, isLearner: true }]],
    ["is upgraded and follows it", [previous, { ...upgraded, follows: "cp2" }]],
    ["is upgraded and has nearly all of the log", [previous, { ...upgraded, appliedIndex: 1 }]],
    ["is upgraded and answers for itself", [previous, { ...upgraded, reportsAs: "cp2" }]],
    ["has a version that can be read", [previous, { ...upgraded, version: "newest" }]],
    ["is there", []],
  ])("leaves its leadership to etcd if no other member %s", async (_what, others) => {
    const machine = await etcdMachine({ others });
    expect(await outcomeOn(machine)).toBe("upgraded");
    expect(machine.transfers).toEqual([]);
    expect(namesIn(machine)).not.toContain("upgrade.etcd.leadership.transferred");
  });

  it("is upgraded if etcd refuses the transfer, with a warning", async () => {
    const transfer = () => Promise.reject(new EtcdError("other", "etcdserver: not leader\u001b[2J"));
    const machine = await etcdMachine({ others: [previous, upgraded], transfer });
    expect(await outcomeOn(machine)).toBe("upgraded");
    const messages = machine.told.flatMap((event) => (event.type === "warning" ? [event.message] : []));
    expect(messages).toMatchObject([
      expect.stringMatching(/^the leadership of etcd was not transferred to the member "cp3": etcdserver: not leader/),
    ]);
    expect(messages.join()).not.toContain("\u001b");
  });

  it("is left unchanged by an interruption during the transfer, and is upgraded by the next run", async () => {
    const interruption = new AbortController();
    const transfer = async () => {
      if (interruption.signal.aborted) return;
      interruption.abort(new Error("interrupted"));
      throw new EtcdError("unavailable", "canceled");
    };
    const machine = await etcdMachine({ others: [previous, upgraded], transfer });
    const { upgrade, ports } = machine;
    await expect(upgradeEtcd(upgrade, { ...ports, signal: interruption.signal })).rejects.toThrow("interrupted");
    expect(machine.host.files.snapshot()[manifest]).toBe(oldManifest);
    expect(machine.certificates).not.toContain("restored");
    expect(await outcomeOn(machine)).toBe("upgraded");
    expect(machine.transfers).toMatchObject([{ to: "cp3" }]);
  });
});

it("a member of etcd that does not lead has no leadership to transfer", async () => {
  const machine = await etcdMachine({ leader: "cp2", others: [previous, upgraded] });
  expect(await outcomeOn(machine)).toBe("upgraded");
  expect(machine.transfers).toEqual([]);
  expect(machine.running("etcd")).toBe(newManifest);
});
