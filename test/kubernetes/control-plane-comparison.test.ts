// The same cluster of two control planes, by this program and by upstream's: the same files, certificates, objects, writes.
import { beforeAll, describe, expect, test } from "vitest";
import { ownMinor } from "../../src/kubernetes/minors/minors.ts";
import { type ClusterRecord, recordCluster } from "../support/control-plane/cluster-record.ts";
import { underTest } from "../support/control-plane/control-plane-lab.ts";

let ours: ClusterRecord;
let upstreams: ClusterRecord;
beforeAll(async () => {
  ours = await recordCluster("ours");
  upstreams = await recordCluster("upstream");
});

describe.each([
  ["made by init", "cp1"],
  ["joined", "cp2"],
] as const)("A control plane %s", (_how, name) => {
  test("has the same files with the same modes and owners", () => {
    expect(ours[name].tree).toEqual(upstreams[name].tree);
  });

  test("has the same manifests, kubeconfigs and files for the kubelet", () => {
    expect(ours[name].files).toEqual(upstreams[name].files);
  });

  test("has certificates of the same subjects, names, uses, extensions and lengths", () => {
    expect(ours[name].certificates).toEqual(upstreams[name].certificates);
  });
});

test("The cluster has the same objects", () => {
  expect(ours.objects).toEqual(upstreams.objects);
});

test("The program writes the same to the cluster, and asks for no more", () => {
  const others = (line: string) => line !== accountOfController && !(line in writesOfOurs || line in writesOfUpstreams);
  expect(ours.writes.filter(others)).toEqual(upstreams.writes.filter(others));
  const accounts = ({ requests }: ClusterRecord) => requests.filter((line) => accountRequests.includes(line)).length;
  expect(accounts(ours) - accounts(upstreams)).toBe(ownMinor.controllerAccounts.length);
  const reads = (record: ClusterRecord) => record.requests.filter((line) => !record.writes.includes(line));
  expect(reads(ours).length).toBeLessThanOrEqual(reads(upstreams).length);
});

/** Two are CoreDNS' and kube-proxy's, of both programs; the others are in docs/differences.md: controller-accounts. */
const accountOfController = "create /api/v1/namespaces/kube-system/serviceaccounts 201";
/** The controller manager starts in parallel with init, and creates some of the accounts first. */
const accountRequests = [accountOfController, accountOfController.replace(/201$/, "409")];

/** Request → why only our program makes it. */
const writesOfOurs: Readonly<Record<string, string>> = {
  "create /apis/authorization.k8s.io/v1/selfsubjectaccessreviews 201": "whether the cluster will approve by itself",
};

/** Request → why only upstream's program makes it. */
const writesOfUpstreams: Readonly<Record<string, string>> = {};

// A comparison of upstream's program with itself shows that nothing of the moment is left in a record.
test.runIf(underTest === "upstream")("is the same for one program twice", () => {
  expect(ours).toEqual(upstreams);
});
