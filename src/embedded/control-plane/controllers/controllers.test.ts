import { X509Certificate } from "node:crypto";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type MemoryClock, memoryClock } from "../../../host/memory/clock.ts";
import { generateKeys } from "../../../pki/keys.ts";
import { createCertificateRequest } from "../../../pki/x509.ts";
import { defined } from "../../../values/defined.ts";
import { at, stringAt, stringMapAt } from "../apiserver/objects.ts";
import { type ControlPlane, type ControlPlaneOptions, resources, startControlPlane } from "../index.ts";
import { type Requester, requester } from "../requester.ts";

let controlPlane: ControlPlane;
let clock: MemoryClock;

async function start(options: ControlPlaneOptions = {}): Promise<void> {
  clock = memoryClock({ start: new Date() });
  controlPlane = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256", ...options, clock });
}

afterEach(() => controlPlane.close());

/**
 * Lets the controllers finish their current work. Signing runs on other threads for as long as the machine needs, so
 * this waits for the certificate of an approved request, with a limit for requests that get none.
 */
async function settled(): Promise<void> {
  const deadline = performance.now() + 2_000;
  for (let turn = 0; turn < 3 || (isSigning() && performance.now() < deadline); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 4));
    await clock.advance(0);
  }
}

function isSigning(): boolean {
  if (!controlPlane.controllers.running.includes("csrsigning")) return false;
  return controlPlane.storage.list(resources.certificateSigningRequests).some((request) => {
    const status = JSON.stringify(at(request, "status") ?? {});
    return status.includes('"Approved"') && !status.includes('"certificate"') && !status.includes('"Failed"');
  });
}

const signatures = () => {
  const data = stringMapAt(
    controlPlane.storage.get(resources.configMaps, { namespace: "kube-public", name: "cluster-info" }),
    "data",
  );
  return Object.keys(data).filter((key) => key.startsWith("jws-"));
};

test("controllers that are stopped with work left do nothing more", async () => {
  await start();
  for (let index = 0; index < 20; index++) await controlPlane.createToken({ usages: ["authentication"] });
  // The keys of the tokens wait for a later turn.
  for (const name of ["tokencleaner", "bootstrapsigner"] as const) controlPlane.controllers.stop(name);
  await new Promise((resolve) => setTimeout(resolve, 10));
  const turns = vi.spyOn(globalThis, "setImmediate");
  await new Promise((resolve) => setTimeout(resolve, 20));
  const count = turns.mock.calls.length;
  turns.mockRestore();
  expect(count).toBeLessThan(10);
});

describe("the bootstrap signer", () => {
  test("signs for tokens that may sign, and for no others", async () => {
    await start();
    await controlPlane.createToken({ token: "aaaaaa.0123456789abcdef" });
    await controlPlane.createToken({ token: "bbbbbb.0123456789abcdef", usages: ["authentication"] });
    await settled();
    expect(signatures()).toEqual(["jws-kubeconfig-aaaaaa"]);
  });

  test("signs again when cluster-info changes, and drops what is no token any more", async () => {
    await start();
    await controlPlane.createToken({ token: "aaaaaa.0123456789abcdef" });
    await settled();
    const key = { namespace: "kube-public", name: "cluster-info" };
    const before = stringAt(controlPlane.storage.get(resources.configMaps, key), "data", "jws-kubeconfig-aaaaaa");
    controlPlane.storage.update(resources.configMaps, key, {}, (object) => ({
      ...object,
      data: { kubeconfig: "changed", "jws-kubeconfig-zzzzzz": "stale" },
    }));
    await settled();
    expect(signatures()).toEqual(["jws-kubeconfig-aaaaaa"]);
    expect(stringAt(controlPlane.storage.get(resources.configMaps, key), "data", "jws-kubeconfig-aaaaaa")).not.toBe(
      before,
    );
    controlPlane.storage.delete(resources.secrets, { namespace: "kube-system", name: "bootstrap-token-aaaaaa" });
    await settled();
    expect(signatures()).toEqual([]);
  });

  test("does nothing while it is stopped, and catches up when it starts", async () => {
    await start({ stoppedControllers: ["bootstrapsigner"] });
    await controlPlane.createToken({ token: "aaaaaa.0123456789abcdef" });
    await settled();
    expect(signatures()).toEqual([]);
    controlPlane.controllers.start("bootstrapsigner");
    await settled();
    expect(signatures()).toEqual(["jws-kubeconfig-aaaaaa"]);
  });
});

describe("the token cleaner", () => {
  test("deletes a token when its time is over, and with it its signature and what it owned", async () => {
    await start();
    const token = await controlPlane.createToken({ token: "aaaaaa.0123456789abcdef", ttlSeconds: 60 });
    const key = { namespace: "kube-system", name: "bootstrap-token-aaaaaa" };
    const uid = controlPlane.storage.get(resources.secrets, key)?.metadata.uid;
    controlPlane.storage.create(resources.secrets, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: "kubeadm-certs",
        namespace: "kube-system",
        ownerReferences: [{ kind: "Secret", name: key.name, uid }],
      },
    });
    await settled();
    await clock.advance(59_000);
    await settled();
    expect(controlPlane.storage.get(resources.secrets, key)).toBeDefined();
    await clock.advance(2000);
    await settled();
    expect(controlPlane.storage.get(resources.secrets, key)).toBeUndefined();
    expect(
      controlPlane.storage.get(resources.secrets, { namespace: "kube-system", name: "kubeadm-certs" }),
    ).toBeUndefined();
    expect(signatures()).toEqual([]);
    const refused = await requester(controlPlane, { token }).send("GET", "/api/v1/nodes/w1");
    expect(refused.status).toBe(401);
  });
});

const csrs = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

interface RequestSettings {
  readonly organizations?: readonly string[];
  readonly commonName?: string;
  readonly dnsNames?: readonly string[];
  readonly usages?: readonly string[];
  readonly signerName?: string;
  readonly expirationSeconds?: number;
}

async function submit(client: Requester, settings: RequestSettings = {}): Promise<string> {
  const { commonName = "system:node:w1", organizations = ["system:nodes"], dnsNames = [] } = settings;
  const keys = await generateKeys("ECDSA-P256");
  const request = await createCertificateRequest({ subject: { commonName, organizations }, keys, dnsNames });
  const { body } = await client.send("POST", csrs, {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { generateName: "csr-" },
    spec: {
      request: Buffer.from(request).toString("base64"),
      signerName: settings.signerName ?? "kubernetes.io/kube-apiserver-client-kubelet",
      usages: settings.usages ?? ["digital signature", "client auth"],
      ...defined({ expirationSeconds: settings.expirationSeconds }),
    },
  });
  return stringAt(body, "metadata", "name") ?? "";
}

function statusOf(name: string) {
  return at(controlPlane.storage.get(resources.certificateSigningRequests, { name }), "status");
}

async function admin(): Promise<Requester> {
  return requester(
    controlPlane,
    await controlPlane.createClientCredential({ commonName: "a", organizations: ["system:masters"] }),
  );
}

async function approve(name: string): Promise<void> {
  const client = await admin();
  const { body } = await client.send("GET", `${csrs}/${name}`);
  const conditions = [{ type: "Approved", status: "True", reason: "Test", message: "" }];
  expect((await client.send("PUT", `${csrs}/${name}/approval`, { ...body, status: { conditions } })).status).toBe(200);
}

describe("the approver", () => {
  test.each<[string, RequestSettings]>([
    ["asks for names", { dnsNames: ["w1"] }],
    ["has another organization", { organizations: ["system:masters"] }],
    ["has no node's name", { commonName: "admin" }],
    ["asks for another usage", { usages: ["digital signature", "client auth", "server auth"] }],
    ["is for another signer", { signerName: "kubernetes.io/kube-apiserver-client" }],
  ])("leaves a request alone that %s", async (_name, settings) => {
    await start();
    const token = await controlPlane.createToken();
    const name = await submit(requester(controlPlane, { token }), settings);
    await settled();
    expect(statusOf(name)).toEqual({});
  });

  test("waits until someone grants the right to be approved", async () => {
    await start();
    const binding = "kubeadm:node-autoapprove-bootstrap";
    const object = controlPlane.storage.delete(resources.clusterRoleBindings, { name: binding });
    const token = await controlPlane.createToken();
    const name = await submit(requester(controlPlane, { token }));
    await settled();
    expect(statusOf(name)).toEqual({});
    controlPlane.storage.create(resources.clusterRoleBindings, object);
    await clock.advance(400);
    await settled();
    expect(statusOf(name)).toMatchObject({ conditions: [{ type: "Approved", reason: "AutoApproved" }] });
  });
});

describe("the signer", () => {
  test("leaves an approved request unsigned while it is stopped", async () => {
    await start({ stoppedControllers: ["csrsigning"] });
    const token = await controlPlane.createToken();
    const name = await submit(requester(controlPlane, { token }));
    await settled();
    expect(statusOf(name)).toMatchObject({ conditions: [{ type: "Approved" }] });
    expect(stringAt(statusOf(name), "certificate")).toBeUndefined();
    controlPlane.controllers.start("csrsigning");
    await settled();
    expect(stringAt(statusOf(name), "certificate")).toBeDefined();
  });

  test("fails an approved request whose shape its signer does not allow", async () => {
    await start();
    const token = await controlPlane.createToken();
    const name = await submit(requester(controlPlane, { token }), { dnsNames: ["w1"] });
    await approve(name);
    await settled();
    expect(statusOf(name)).toMatchObject({
      conditions: [
        { type: "Approved" },
        {
          type: "Failed",
          status: "True",
          reason: "SignerValidationFailure",
          message: "DNS subjectAltNames are not allowed",
        },
      ],
    });
  });

  test("signs a kubelet's serving certificate only once it is approved", async () => {
    await start();
    const kubelet = await controlPlane.createClientCredential({
      commonName: "system:node:w1",
      organizations: ["system:nodes"],
    });
    const name = await submit(requester(controlPlane, kubelet), {
      signerName: "kubernetes.io/kubelet-serving",
      dnsNames: ["w1"],
      usages: ["digital signature", "server auth"],
    });
    await settled();
    expect(statusOf(name)).toEqual({});
    await approve(name);
    await settled();
    const pem = Buffer.from(stringAt(statusOf(name), "certificate") ?? "", "base64");
    expect(new X509Certificate(pem).subjectAltName).toBe("DNS:w1");
  });

  test.each<[string, number | undefined, number]>([
    ["a year less the backdating", undefined, 365 * 86_400 - 300],
    ["what the request asks for", 7200, 7200],
    ["at most what the signer gives", 10 * 365 * 86_400, 365 * 86_400 - 300],
  ])("gives %s", async (_name, expirationSeconds, seconds) => {
    await start();
    const token = await controlPlane.createToken();
    const settings = defined({ expirationSeconds });
    const name = await submit(requester(controlPlane, { token }), settings);
    await settled();
    const certificate = new X509Certificate(Buffer.from(stringAt(statusOf(name), "certificate") ?? "", "base64"));
    const now = Math.floor(clock.now().getTime() / 1000);
    expect(certificate.validToDate.getTime() / 1000 - now).toBe(seconds);
    expect(certificate.validFromDate.getTime() / 1000 - now).toBe(-300);
  });
});

describe("the job controller", () => {
  const jobs = { ...resources.jobs };
  const job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { namespace: "default", name: "once" },
    spec: { ttlSecondsAfterFinished: 10 },
  };
  const key = { namespace: "default", name: "once" };
  const node = (status: "True" | "False", spec = {}) => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "w1" },
    spec,
    status: { conditions: [{ type: "Ready", status }] },
  });

  test("completes a Job on a Node that is Ready, and removes it later", async () => {
    await start();
    controlPlane.storage.create(resources.nodes, node("True"));
    controlPlane.storage.create(jobs, job);
    await settled();
    expect(at(controlPlane.storage.get(jobs, key) ?? {}, "status", "conditions")).toMatchObject([{ type: "Complete" }]);
    await clock.advance(11_000);
    await settled();
    expect(controlPlane.storage.get(jobs, key)).toBeUndefined();
  });

  test.each([
    ["is not Ready", node("False")],
    ["is cordoned", node("True", { unschedulable: true })],
  ])("leaves a Job while the only Node %s", async (_, unusable) => {
    await start();
    controlPlane.storage.create(resources.nodes, unusable);
    controlPlane.storage.create(jobs, job);
    await settled();
    expect(at(controlPlane.storage.get(jobs, key) ?? {}, "status", "conditions")).toBeUndefined();
  });
});

test("the switches select the controllers that run", async () => {
  await start({ podSubnet: "10.244.0.0/16" });
  expect(controlPlane.controllers.running).toEqual([
    "bootstrapsigner",
    "csrapproving",
    "csrsigning",
    "garbagecollector",
    "job",
    "namespace",
    "nodeipam",
    "tokencleaner",
  ]);
  controlPlane.controllers.stopAll();
  expect(controlPlane.controllers.running).toEqual([]);
  expect(controlPlane.controllers.errors).toEqual([]);
});
