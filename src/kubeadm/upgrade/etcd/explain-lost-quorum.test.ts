import { beforeAll, describe, expect, it } from "vitest";
import { TransportError } from "../../../cluster/transport.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { type ConnectEtcd, type Etcd, EtcdError, type EtcdMember, type EtcdStatus } from "../../../etcd/etcd.ts";
import { memoryHost } from "../../../host/memory.ts";
import { generateKeys } from "../../../pki/keys.ts";
import { createCertificateAuthority } from "../../../pki/x509.ts";
import { explainLostQuorum } from "./explain-lost-quorum.ts";

const url = (host: number) => `https://192.0.2.${host}:2379`;
const members = ["cp1", "cp2", "cp3"].map(
  (name, index): EtcdMember => ({
    id: `a${index}`,
    name,
    peerUrls: [`https://192.0.2.${11 + index}:2380`],
    clientUrls: [url(11 + index)],
    isLearner: false,
  }),
);
const status: EtcdStatus = {
  ...{
    memberId: "a0",
    leaderId: "",
    version: "3.6.5",
    isLearner: false,
    appliedIndex: 1,
    errors: ["etcdserver: no leader"],
  },
  ...{ databaseBytes: 0, usedBytes: 0, quotaBytes: 0 },
};
const manifest = (directory: string) =>
  JSON.stringify({
    spec: {
      containers: [
        {
          command: ["etcd", `--trusted-ca-file=${directory}/etcd/ca.crt`, `--advertise-client-urls=${url(11)}`],
        },
      ],
    },
  });
const error = new KubeadmError("CLUSTER_REQUEST_FAILED", "failed to get config map: Get timed out", {
  cause: new TransportError("timed-out", "https://192.0.2.11:6443", "timed out"),
});

let authority: string;
beforeAll(async () => {
  const keys = await generateKeys("ECDSA-P256");
  const notAfter = new Date(Date.now() + 3_600_000);
  const ca = await createCertificateAuthority({ commonName: "etcd-ca", keys, notBefore: new Date(0), notAfter });
  authority = ca.certificatePem;
});

const credentials = (directory: string) => ({
  [`${directory}/etcd/ca.crt`]: authority,
  [`${directory}/etcd/healthcheck-client.crt`]: "certificate",
  [`${directory}/etcd/healthcheck-client.key`]: "key",
});

/** Explains the failure on cp1, where the members of these names answer. */
async function explained(answering: readonly string[], files: Readonly<Record<string, string>>) {
  const asked: string[][] = [];
  const connectEtcd: ConnectEtcd = (endpoints) => {
    asked.push([...endpoints]);
    const etcd: Pick<Etcd, "members" | "status" | "close"> = {
      members: async ({ isLocal }) => {
        if (isLocal !== true) throw new EtcdError("no-leader", "etcdserver: no leader");
        if (!answering.includes("cp1")) throw new EtcdError("unavailable", "connection refused");
        return members;
      },
      status: async (endpoint) => {
        const member = members.find(({ clientUrls }) => clientUrls.includes(endpoint));
        if (!answering.includes(member?.name ?? "")) throw new EtcdError("unavailable", "connection refused");
        return status;
      },
      close: () => undefined,
    };
    return etcd as Etcd;
  };
  const { signal } = new AbortController();
  const result = await explainLostQuorum(error, { files: memoryHost({ files }).files, connectEtcd, signal });
  return { result, asked };
}

const manifestPath = "/etc/kubernetes/manifests/etcd.yaml";
const pki = "/etc/kubernetes/pki";

describe("a request that no API server has answered", () => {
  it("fails because of etcd if most of its members do not respond", async () => {
    const files = { [manifestPath]: manifest(pki), ...credentials(pki) };
    const { result, asked } = await explained(["cp1"], files);
    expect(result).toMatchObject({
      code: "ETCD_NO_QUORUM",
      message:
        "failed to get config map: Get timed out: etcd has no quorum: 3 voting members, of which 1 responds; etcd needs 2 for quorum; no response from cp2 (a1, https://192.0.2.12:2380), cp3 (a2, https://192.0.2.13:2380)",
      cause: error,
    });
    expect(asked).toEqual([[url(11)]]);
  });

  it("is explained with the certificates that the manifest of etcd names", async () => {
    const files = { [manifestPath]: manifest("/srv/pki"), ...credentials("/srv/pki") };
    expect((await explained(["cp1"], files)).result).toMatchObject({ code: "ETCD_NO_QUORUM" });
  });

  it.each<[string, readonly string[], () => Readonly<Record<string, string>>]>([
    ["a majority answers", ["cp1", "cp3"], () => ({ [manifestPath]: manifest(pki), ...credentials(pki) })],
    ["the member of this machine does not respond", [], () => ({ [manifestPath]: manifest(pki), ...credentials(pki) })],
    ["this machine has no etcd", ["cp1"], () => credentials(pki)],
    ["there is no certificate for it", ["cp1"], () => ({ [manifestPath]: manifest(pki) })],
    ["the manifest is damaged", ["cp1"], () => ({ [manifestPath]: "a: [", ...credentials(pki) })],
  ])("stays the failure that it is if %s", async (_why, answering, files) => {
    expect((await explained(answering, files())).result).toBe(error);
  });
});
