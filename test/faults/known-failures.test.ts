// The ways in which joins are known to fail in the field, and for each the test that sees its cause and its remedy named.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

/** What whoever joins meets -> the file and the title of the test. */
const failures: readonly (readonly [string, string, string])[] = [
  ["the token has expired or was deleted", "test/faults/discovery-cases.ts", "a token that has expired"],
  [
    "cluster-info has no signature of the token, as no controller manager runs",
    "test/faults/discovery-cases.ts",
    "cluster-info without any signature, as no controller manager runs",
  ],
  [
    "the signature of cluster-info does not fit",
    "test/faults/discovery-cases.ts",
    "cluster-info that was edited after it was signed",
  ],
  ["the clocks differ", "test/faults/faults.test.ts", "says by how much, and goes on"],
  [
    "a certificate is not valid yet",
    "test/faults/discovery-cases.ts",
    "a certificate that is not valid yet, as this machine's clock is behind",
  ],
  ["the pin is of another cluster", "test/faults/discovery-cases.ts", "a pin of another cluster"],
  [
    "ca.crt of another cluster lies there",
    "src/kubeadm/bootstrap/store-cluster-authority.test.ts",
    "keeps a CA of another cluster, names both, and says what follows and what to do",
  ],
  ["anonymous reads are forbidden", "test/faults/discovery-cases.ts", "401"],
  ["the proxy is dead", "test/faults/discovery-cases.ts", "a proxy that is dead"],
  [
    "nobody approves the kubelet's request",
    "test/faults/bootstrap-cases.ts",
    "a certificate signing request that nobody approves",
  ],
  [
    "the controller manager does not sign",
    "test/faults/bootstrap-cases.ts",
    "a certificate signing request that is approved and not signed",
  ],
  ["containerd has no CRI", "test/kubernetes/faults.test.ts", "a containerd whose CRI plugin is off"],
  [
    "the kubelet refuses swap, or control groups of version 1",
    "src/kubeadm/bootstrap/wait-for-healthy-kubelet.test.ts",
    "names the way out where the kubelet refuses %s",
  ],
  [
    "the certificate key is another upload's",
    "test/faults/join-faults.ts",
    "with a certificate key that is not the upload's",
  ],
  ["the uploaded certificates have expired", "test/faults/join-faults.ts", "after the upload has expired"],
  [
    "cluster-info names another address than the one typed, or a virtual address is dead",
    "test/faults/bootstrap-cases.ts",
    "a cluster-info that names an address where nobody is, as that of a virtual address nobody announces",
  ],
  ["the rights to kubelet-config are gone", "test/faults/bootstrap-cases.ts", "kubelet-config that may not be read"],
  ["another machine has the name", "test/faults/bootstrap-cases.ts", "a Node of this name that is Ready"],
  [
    "labels that a kubelet may not set",
    "src/kubeadm/bootstrap/wait-for-healthy-kubelet.test.ts",
    "labels that a kubelet may not set",
  ],
  [
    "no address of the machine can be chosen",
    "src/kubeadm/apis/advertise-address.test.ts",
    "and names the flag that says which address",
  ],
  ["kubeadm has not made the cluster", "test/faults/bootstrap-cases.ts", "kubeadm-config that is missing"],
  ["etcd has lost its quorum", "test/faults/join-faults.ts", "in a cluster whose etcd has lost its quorum"],
  ["files of an earlier join lie there", "test/faults/join-faults.ts", "where manifests lie already"],
];

describe("a failure that is known from the field has its test:", () => {
  test.each(failures)("%s", (_failure, file, title) => {
    expect(readFileSync(join(root, file), "utf8")).toContain(`"${title}"`);
  });
});
