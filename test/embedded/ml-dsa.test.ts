// A cluster with keys of ML-DSA, as the next release makes it: from init to another control plane and doctor.
import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type ControlPlane, startControlPlane } from "../../src/embedded/control-plane/index.ts";
import { writeYaml } from "../../src/go/yaml/write-yaml.ts";
import { memoryHost } from "../../src/host/memory.ts";
import { apiServerPod } from "../../src/kubeadm/control-plane/api-server-pod.ts";
import { etcdPod } from "../../src/kubeadm/control-plane/etcd-pod.ts";
import { controlPlaneAuthorities } from "../../src/kubeadm/doctor/control-plane/authorities.ts";
import { controlPlaneCertificates } from "../../src/kubeadm/doctor/credentials/control-plane-certificates.ts";
import { examinationOf } from "../../src/kubeadm/doctor/examination.ts";
import { bareMachine, nodeWith } from "../fixtures/kubeadm/control-plane/control-plane-node.ts";
import { examinationPorts } from "../fixtures/kubeadm/doctor/examination.ts";
import { configuration, kubeadm, type Tree } from "../support/certs/machine-in-memory.ts";

// Before the modules are loaded, as scripts/build.ts --release does.
vi.hoisted(() => vi.stubGlobal("KUBEADM_RELEASE", "v1.38.0-beta.0"));

const expandedKey = readFileSync(new URL("../golden/keys/ML-DSA-44/expanded.key", import.meta.url), "utf8");
const pki = "/etc/kubernetes/pki";
const now = "2026-01-01T00:00:00Z";
const config = configuration.replace("ECDSA-P256", "ML-DSA-44").replace("v1.37.2", "v1.38.0-beta.0");
const run = (line: string, files: Tree = {}) => kubeadm(line, { files: { ...files, "/c.yaml": config }, now });

let machine: Tree;
beforeAll(async () => {
  const certs = await run("init phase certs all --config /c.yaml");
  machine = (await run("init phase kubeconfig all --config /c.yaml", certs.files)).files;
});

/** The kinds of all private keys, those of kubeconfigs too. */
function keyTypes(files: Tree): Readonly<Record<string, string | undefined>> {
  const pems = Object.entries(files).flatMap(([path, text]) => {
    const embedded = /client-key-data: (\S+)/.exec(text)?.[1];
    const pem = embedded === undefined ? text : Buffer.from(embedded, "base64").toString();
    return pem.startsWith("-----BEGIN ") && pem.includes(" PRIVATE KEY-----") ? [[path, pem] as const] : [];
  });
  return Object.fromEntries(pems.map(([path, pem]) => [path, createPrivateKey(pem).asymmetricKeyType]));
}

describe("a control plane with keys of ML-DSA", () => {
  it("has such keys in all files, which the phases of init keep", async () => {
    const types = keyTypes(machine);
    expect(Object.keys(types)).toHaveLength(16);
    expect(new Set(Object.values(types))).toEqual(new Set(["ml-dsa-44"]));
    const again = await run("init phase certs all --config /c.yaml", machine);
    expect(again).toMatchObject({ status: 0, stderr: "", files: machine });
    expect(again.stdout).toContain("[certs] Using existing ca certificate authority");
  });

  it("has certificates whose end is shown, and that are renewed with new keys of the kind", async () => {
    const shown = await run("certs check-expiration --config /c.yaml", machine);
    expect(shown.stdout).toMatch(/^apiserver +Jan 01, 2027 00:00 UTC +365d +ca +no/m);
    expect(shown.stdout).not.toContain("MISSING");
    const { status, files } = await run("certs renew all --config /c.yaml", machine);
    expect(status).toBe(0);
    expect(new Set(Object.values(keyTypes(files)))).toEqual(new Set(["ml-dsa-44"]));
    for (const name of ["apiserver.key", "apiserver.crt"]) {
      expect(files[`${pki}/${name}`]).not.toBe(machine[`${pki}/${name}`]);
    }
    expect((await run("init phase certs all --config /c.yaml", files)).status).toBe(0);
  });

  it("is found healthy by doctor, and a key in OpenSSL's form is found", async () => {
    const examined = async (files: Tree) => {
      const node = nodeWith({});
      const { etcd } = node.cluster;
      if (!("local" in etcd)) throw new Error("the cluster of this test has a local etcd");
      const host = memoryHost({
        files: {
          ...files,
          "/etc/kubernetes/manifests/kube-apiserver.yaml": writeYaml(apiServerPod(node, bareMachine)),
          "/etc/kubernetes/manifests/etcd.yaml": writeYaml(etcdPod(node, etcd.local)),
        },
        clock: { start: new Date(now), automatic: true },
      });
      const examination = examinationOf(examinationPorts(host));
      return Promise.all([controlPlaneAuthorities, controlPlaneCertificates].map((check) => check.look(examination)));
    };
    expect((await examined(machine)).map(({ state }) => state)).toEqual(["ok", "ok"]);
    const [authorities] = await examined({ ...machine, [`${pki}/ca.key`]: expandedKey });
    expect(JSON.stringify(authorities)).toContain("data does not contain a valid RSA, ECDSA or ML-DSA private key");
  });
});

describe("another control plane", () => {
  let controlPlane: ControlPlane;
  beforeAll(async () => {
    controlPlane = await startControlPlane({ version: "v1.38.0-beta.0", encryptionAlgorithm: "ML-DSA-44" });
  });
  afterAll(() => controlPlane.close());

  it("gets the keys and certificates that all of them share", async () => {
    const certificateKey = "0123456789abcdef".repeat(4);
    const withKey = config.replace("\n---\n", `\ncertificateKey: ${certificateKey}\n---\n`);
    const files = { ...machine, "/c.yaml": withKey, "/etc/kubernetes/admin.conf": controlPlane.adminKubeconfig };
    const today = { now: new Date().toISOString(), controlPlane };
    const uploaded = await kubeadm("init phase upload-certs --upload-certs --config /c.yaml", { files, ...today });
    expect([uploaded.status, uploaded.stderr]).toEqual([0, ""]);
    const place = new URL(controlPlane.url).host;
    const trust = `--token ${await controlPlane.createToken()} --discovery-token-ca-cert-hash ${controlPlane.caPin}`;
    const {
      status,
      stderr,
      files: got,
    } = await kubeadm(
      `join phase control-plane-prepare download-certs ${place} ${trust} --control-plane --certificate-key ${certificateKey}`,
      today,
    );
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const shared = ["ca", "front-proxy-ca", "etcd/ca"].flatMap((name) => [`${name}.crt`, `${name}.key`]);
    for (const name of [...shared, "sa.key", "sa.pub"]) {
      expect([name, got[`${pki}/${name}`]]).toEqual([name, machine[`${pki}/${name}`]]);
    }
  });
});
