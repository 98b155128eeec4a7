import { beforeAll, describe, expect, it } from "vitest";
import { nodeWith } from "../../../../test/fixtures/kubeadm/control-plane/control-plane-node.ts";
import { manifest, manifestOf } from "../../../../test/fixtures/kubeadm/upgrade/etcd/etcd-machine.ts";
import { etcdWith } from "../../../../test/fixtures/kubeadm/upgrade/outlook/etcd-members.ts";
import { EtcdError } from "../../../etcd/etcd.ts";
import { memoryHost } from "../../../host/memory.ts";
import { generateKeys } from "../../../pki/keys.ts";
import { createCertificateAuthority } from "../../../pki/x509.ts";
import { etcdOutlook } from "./etcd-outlook.ts";

let authority = "";
beforeAll(async () => {
  const [notBefore, notAfter] = [new Date("2026-01-01T00:00:00Z"), new Date("2036-01-01T00:00:00Z")];
  const keys = await generateKeys("ECDSA-P256");
  authority = (await createCertificateAuthority({ commonName: "etcd-ca", keys, notBefore, notAfter })).certificatePem;
});

const external = { endpoints: ["https://192.0.2.9:2379"], caFile: "/e/ca", certFile: "/e/crt", keyFile: "/e/key" };

interface Setting {
  /** Fields of the ClusterConfiguration. */
  readonly cluster: NonNullable<Parameters<typeof nodeWith>[0]>;
  readonly replacesEtcd: boolean;
  readonly agreement: EtcdError;
  readonly files: Readonly<Record<string, string>>;
}

async function outlook(members: Parameters<typeof etcdWith>[0], setting: Partial<Setting> = {}) {
  const pki = ["ca.crt", "healthcheck-client.crt", "healthcheck-client.key"].map((name) => [
    `/etc/kubernetes/pki/etcd/${name}`,
    authority,
  ]);
  const host = memoryHost({
    files: {
      ...{ ...Object.fromEntries(pki), [manifest]: manifestOf("3.6.8-0") },
      ...{ "/e/ca": authority, "/e/crt": "crt", "/e/key": "key", ...setting.files },
    },
  });
  const opened: (readonly string[])[] = [];
  const { agreement } = setting;
  const connectEtcd = etcdWith(members, { opened, ...(agreement === undefined ? {} : { agreement }) });
  const ports = { files: host.files, connectEtcd, signal: new AbortController().signal };
  return { ...(await etcdOutlook(nodeWith(setting.cluster), setting.replacesEtcd ?? true, ports)), opened };
}

const cp1 = { name: "cp1", leads: true };
const cp2 = { name: "cp2" };
const cp3 = { name: "cp3" };
const away = { answers: false };

describe("what the members of etcd do while the one of this machine restarts", () => {
  it.each([
    [
      "continues, with all members of three",
      [cp1, cp2, cp3],
      true,
      "etcd remains available while this machine's member restarts: without it, 2 of 3 voting members respond, and etcd needs 2",
    ],
    [
      "stands still, with another one of three away",
      [cp1, cp2, { ...cp3, ...away }],
      false,
      "The API servers can't reach etcd while this machine's member restarts: without it, 1 of 3 voting members responds, and etcd needs 2",
    ],
    [
      "stands still, with a single one",
      [cp1],
      false,
      "The API servers can't reach etcd while this machine's member restarts: without it, 0 of 1 voting members respond, and etcd needs 1",
    ],
    [
      "stands still, with a learner next to a single one",
      [cp1, { ...cp2, isLearner: true }],
      false,
      expect.stringContaining("without it, 0 of 1 voting members respond"),
    ],
    [
      "continues, with the one of this machine away",
      [{ ...cp1, ...away }, cp2, cp3],
      true,
      expect.stringContaining("without it, 2 of 3 voting members respond"),
    ],
    [
      "is not known if it is no member",
      [{ ...cp1, peerUrl: "https://192.0.2.99:2380" }],
      false,
      "The member of this machine's etcd manifest is not among etcd's members",
    ],
  ])("%s", async (_name, members, keepsQuorum, consequence) => {
    expect(await outlook(members)).toMatchObject({ keepsQuorum, consequence });
  });

  it("is nothing if etcd stays unchanged", async () => {
    expect(await outlook([cp1, cp2, cp3], { replacesEtcd: false })).toMatchObject({
      keepsQuorum: true,
      consequence: "The upgrade doesn't restart etcd: 3 voting members, of which 3 respond; etcd needs 2 for quorum",
    });
  });

  it("covers etcd on other machines, with the API servers' certificate", async () => {
    const { opened, ...found } = await outlook([cp1], { cluster: { etcd: { external } }, replacesEtcd: false });
    expect(opened).toEqual([external.endpoints]);
    expect(found).toMatchObject({ keepsQuorum: true, members: [{ name: "cp1", isOwn: false, isLeader: true }] });
  });

  it("does not matter to an etcd that does not work", async () => {
    const agreement = new EtcdError("timed-out", "etcdserver: request timed out");
    expect(await outlook([cp1, { ...cp2, ...away }, { ...cp3, ...away }], { agreement })).toMatchObject({
      keepsQuorum: false,
      consequence:
        "etcd is not working now (etcdserver: request timed out): 3 voting members, of which 1 responds; etcd needs 2 for quorum",
    });
  });
});

describe("the members of etcd", () => {
  it("are asked where the Pod of this machine says that they are", async () => {
    const text = manifestOf("3.6.8-0").replace(
      "--initial-cluster=cp1=https://192.0.2.10:2380",
      "--initial-cluster=cp2=https://192.0.2.11:2380,cp1=https://192.0.2.10:2380",
    );
    const { opened, members } = await outlook([cp1, cp2], { files: { [manifest]: text } });
    expect(opened).toEqual([["https://192.0.2.10:2379", "https://192.0.2.11:2379"]]);
    expect(members.map(({ name, isOwn, isLeader }) => ({ name, isOwn, isLeader }))).toEqual([
      { name: "cp1", isOwn: true, isLeader: true },
      { name: "cp2", isOwn: false, isLeader: false },
    ]);
  });

  it.each([
    ["that all are silent", [{ ...cp1, ...away }], {}, { message: "connection refused" }],
    [
      "that the external etcd has no certificate",
      [cp1],
      { cluster: { etcd: { external: { endpoints: ["http://192.0.2.9:2379"] } } } },
      { code: "ETCD_UNTRUSTED" },
    ],
    ["that a certificate is missing", [cp1], { cluster: { certificatesDir: "/pki" } }, { code: "ETCD_UNTRUSTED" }],
  ])("are not known, and the reason is %s", async (_name, members, setting, error) => {
    await expect(outlook(members, setting)).rejects.toMatchObject(error);
  });
});
