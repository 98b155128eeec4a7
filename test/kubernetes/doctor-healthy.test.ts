// Clusters that are configured otherwise than by default: doctor must not report any of their healthy nodes as ill.
import { expect, test } from "vitest";
import type { LabHost } from "../../lab/lab-host.ts";
import { controlPlaneLab, isControlPlane, ownLabName, staticPods } from "../support/control-plane/control-plane-lab.ts";
import { prepareExternalAuthority } from "../support/control-plane/external-authority.ts";
import { runExternalEtcd } from "../support/control-plane/external-etcd.ts";
import { doctor, findingsOf } from "../support/doctor/examine.ts";
import { eventually } from "../support/join/cluster-actions.ts";

const by = "ours";
/** They take minutes: `npm run doctor:faults` runs them. */
const isAsked = process.env["DOCTOR_FAULTS"] === "all";

/** Components that have just started may not be ready at the first look. */
async function isFoundHealthy(host: LabHost): Promise<void> {
  let found: readonly string[] = [];
  const look = async () => {
    found = findingsOf(await doctor(host));
    return found.length === 0;
  };
  await eventually(`doctor to find nothing on ${host.name}`, look, 90_000).catch(() => undefined);
  expect(found).toEqual([]);
}

test.runIf(isAsked)("keys of ECDSA", async () => {
  await using cluster = await controlPlaneLab(ownLabName("ecdsa"));
  const [cp1, w1] = await cluster.addHosts("cp1", "w1");
  await cluster.init(by, cp1, { extraConfig: { cluster: { encryptionAlgorithm: "ECDSA-P256" } } });
  await cluster.joins(w1, { by });
  await isControlPlane(cluster.lab, cp1);
  for (const host of [cp1, w1]) await isFoundHealthy(host);
});

test.runIf(isAsked)("a CA whose key is elsewhere", async () => {
  await using cluster = await controlPlaneLab(ownLabName("ca"));
  const [authority, cp1] = await cluster.addHosts("authority", "cp1");
  await prepareExternalAuthority(authority, cp1);
  await cluster.init(by, cp1, { uploadCerts: false });
  await isControlPlane(cluster.lab, cp1);
  await isFoundHealthy(cp1);
});

test.runIf(isAsked)("an etcd elsewhere", async () => {
  await using cluster = await controlPlaneLab(ownLabName("etcd"));
  const [db, cp1] = await cluster.addHosts("db1", "cp1");
  const external = await runExternalEtcd(cluster.lab, db, [cp1]);
  await cluster.init(by, cp1, { extraConfig: { cluster: { etcd: { external } } } });
  await isControlPlane(cluster.lab, cp1, { pods: staticPods.filter((pod) => pod !== "etcd") });
  await isFoundHealthy(cp1);
});

test.runIf(isAsked)("addresses of IPv6 only", async () => {
  await using cluster = await controlPlaneLab(ownLabName("ipv6"), "ipv6");
  const [cp1, w1] = await cluster.addHosts("cp1", "w1");
  await cluster.init(by, cp1);
  await cluster.joins(w1, { by });
  await isControlPlane(cluster.lab, cp1);
  await cluster.lab.waitForNode("w1");
  for (const host of [cp1, w1]) await isFoundHealthy(host);
});
