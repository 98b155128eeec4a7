// A node that was taken over, with its kubelet's credentials, against the embedded control plane of this library as it serves
// TLS. The compiled program has no API server; this one is what others test against, and must not teach them wrong things.
import { randomBytes } from "node:crypto";
import { connect } from "node:tls";
import { connectHttps } from "../../src/cluster/https.ts";
import type { HttpRequest } from "../../src/cluster/transport.ts";
import {
  type ControlPlane,
  type Credential,
  resources,
  startControlPlane,
} from "../../src/embedded/control-plane/index.ts";
import { Secret } from "../../src/errors/secret.ts";
import { generateKeys } from "../../src/pki/keys.ts";
import { createCertificateRequest } from "../../src/pki/x509.ts";
import { defined } from "../../src/values/defined.ts";
import { type Attack, type AttackResult, attacksBy } from "./attack.ts";

const canary = "the-cluster's-secret";
const apply = "application/apply-patch+yaml";
const merge = "application/merge-patch+json";
const never = new AbortController().signal;

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly text: string;
}

interface EvilNode {
  readonly controlPlane: ControlPlane;
  readonly nodeUid: string;
  send(method: HttpRequest["method"], path: string, body?: unknown, contentType?: string): Promise<Answer>;
  mirrorPod(spec: object, metadata?: object): Promise<Answer>;
}

async function evilNode(run: (node: EvilNode) => Promise<string | undefined>): Promise<AttackResult> {
  const controlPlane = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256" });
  try {
    const credential = await controlPlane.createClientCredential({
      commonName: "system:node:evil",
      organizations: ["system:nodes"],
    });
    const { storage } = controlPlane;
    const made = { apiVersion: "v1", kind: "Secret", metadata: { name: "canary", namespace: "kube-system" } };
    storage.create(resources.secrets, { ...made, data: { canary: Buffer.from(canary).toString("base64") } });
    const { metadata } = storage.create(resources.nodes, {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "evil", labels: { "kubernetes.io/hostname": "evil" } },
      spec: { taints: [{ key: "quarantine", effect: "NoExecute" }] },
    });
    storage.create(resources.pods, pod("elsewhere", { nodeName: "other", serviceAccountName: "powerful" }));
    storage.create(resources.pods, pod("own", { nodeName: "evil", serviceAccountName: "modest" }));
    for (const name of ["powerful", "modest"]) {
      const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: "kube-system" } };
      storage.create(resources.serviceAccounts, account);
    }
    const send = sender(controlPlane, credential);
    const nodeUid = metadata.uid ?? "";
    const won = await run({ controlPlane, nodeUid, send, mirrorPod: mirrorPods(send, nodeUid) });
    const carriedOut = controlPlane.requests.matching(({ user }) => user === "system:node:evil").length > 0;
    return { carriedOut, won };
  } finally {
    await controlPlane.close();
  }
}

function pod(name: string, spec: object) {
  const metadata = { name, namespace: "kube-system" };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [{ name: "c", image: "i" }], ...spec } };
}

function sender(controlPlane: ControlPlane, credential: Credential): EvilNode["send"] {
  const { send } = connectHttps({
    certificateAuthority: controlPlane.caCertificatePem,
    clientCertificate: credential.certificatePem,
    clientKey: new Secret(credential.privateKeyPem),
  });
  return async (method, path, body, contentType = "application/json") => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const request = {
      method,
      url: controlPlane.url + path,
      headers: { "content-type": contentType },
      timeoutMs: 10_000,
    };
    const response = await send(body === undefined ? request : { ...request, body: text }, never);
    const answer = await response.text();
    const parsed: unknown = answer.startsWith("{") ? JSON.parse(answer) : {};
    return { status: response.status, body: parsed as Record<string, unknown>, text: answer };
  };
}

const pods = "/api/v1/namespaces/kube-system/pods";
const accounts = "/api/v1/namespaces/kube-system/serviceaccounts";

function mirrorPods(send: EvilNode["send"], uid: string): EvilNode["mirrorPod"] {
  const owner = { apiVersion: "v1", kind: "Node", name: "evil", uid, controller: true };
  return (spec, metadata = {}) =>
    send("POST", pods, {
      ...pod("mirror", { nodeName: "evil", ...spec }),
      metadata: {
        name: "mirror",
        namespace: "kube-system",
        annotations: { "kubernetes.io/config.mirror": "x" },
        ownerReferences: [owner],
        ...metadata,
      },
    });
}

/** Makes a mirror Pod of this form and reads the secret because of it. */
function byMirrorPod(name: string, spec: object): Attack {
  return {
    name: `makes a mirror Pod that refers to a Secret ${name}, and reads the Secret`,
    run: () =>
      evilNode(async ({ mirrorPod, send }) => {
        await mirrorPod(spec);
        const { text } = await send("GET", "/api/v1/namespaces/kube-system/secrets/canary");
        return text.includes(Buffer.from(canary).toString("base64")) ? canary : undefined;
      }),
  };
}

function byToken(name: string, account: string, spec: (node: EvilNode) => object): Attack {
  return {
    name,
    run: () =>
      evilNode(async (node) => {
        const { status } = await node.send("POST", `${accounts}/${account}/token`, { spec: spec(node) });
        return status === 201 ? `a token of ${account}` : undefined;
      }),
  };
}

function uidOf({ controlPlane }: EvilNode, name: string): string {
  return controlPlane.storage.get(resources.pods, { namespace: "kube-system", name })?.metadata.uid ?? "";
}

const restricted = "node-restriction.kubernetes.io/trusted";

/** Writes to its Node by a patch; won where a selector of trusted nodes finds it then, or its taint is gone. */
function byNodePatch(name: string, contentType: string, patch: unknown, path = "/api/v1/nodes/evil"): Attack {
  return {
    name,
    run: () =>
      evilNode(async ({ controlPlane, send }) => {
        await send("PATCH", path, patch, contentType);
        const admin = sender(controlPlane, await administrator(controlPlane));
        const { body } = await admin("GET", `/api/v1/nodes?labelSelector=${encodeURIComponent(restricted)}`);
        if ((body["items"] as unknown[]).length > 0) return "the label of trusted nodes";
        const { text } = await admin("GET", "/api/v1/nodes/evil");
        return text.includes("quarantine") ? undefined : "a Node without its taint";
      }),
  };
}

function administrator(controlPlane: ControlPlane): Promise<Credential> {
  return controlPlane.createClientCredential({ commonName: "admin", organizations: ["system:masters"] });
}

function byPrototype(name: string, ...patches: readonly (readonly [contentType: string, body: string])[]): Attack {
  return {
    name,
    run: () =>
      evilNode(async ({ send }) => {
        for (const [contentType, body] of patches) {
          await send("PATCH", "/api/v1/nodes/evil?fieldManager=m&force=true", body, contentType);
        }
        const polluted = Object.keys(Object.prototype);
        for (const key of polluted) delete (Object.prototype as Record<string, unknown>)[key];
        return polluted.length === 0 ? undefined : `Object.prototype.${polluted.join(", ")}`;
      }),
  };
}

const managedFields =
  '{"metadata":{"managedFields":[{"manager":"x","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1",' +
  '"fieldsV1":{"__proto__":{"f:polluted":{}}}}]}}';
const application = '{"apiVersion":"v1","kind":"Node","metadata":{"name":"evil","labels":{"a":"b"}}}';

attacksBy("an evil node", "read Secrets and act as others in the embedded control plane", [
  byMirrorPod("in a volume", { volumes: [{ name: "v", secret: { secretName: "canary" } }] }),
  byMirrorPod("in a projected volume", {
    volumes: [{ name: "v", projected: { sources: [{ secret: { name: "canary" } }] } }],
  }),
  byMirrorPod("in the environment", { containers: [{ name: "c", envFrom: [{ secretRef: { name: "canary" } }] }] }),
  byMirrorPod("in an ephemeral container", {
    ephemeralContainers: [
      { name: "c", env: [{ name: "E", valueFrom: { secretKeyRef: { name: "canary", key: "k" } } }] },
    ],
  }),
  byMirrorPod("for pulling images", { imagePullSecrets: [{ name: "canary" }] }),
  byMirrorPod("in a volume of Azure", { volumes: [{ name: "v", azureFile: { secretName: "canary" } }] }),
  {
    name: "makes a mirror Pod of another node",
    run: () =>
      evilNode(async ({ mirrorPod }) =>
        (await mirrorPod({ nodeName: "other" })).status === 201 ? "a Pod on another node" : undefined,
      ),
  },
  {
    name: "makes a Pod that is no mirror",
    run: () =>
      evilNode(async ({ mirrorPod }) =>
        (await mirrorPod({}, { annotations: {} })).status === 201 ? "a Pod of its own" : undefined,
      ),
  },
  {
    name: "makes a mirror Pod with a service account, and a token of it",
    run: () =>
      evilNode(async (node) => {
        await node.mirrorPod({ serviceAccountName: "powerful" });
        const boundObjectRef = { apiVersion: "v1", kind: "Pod", name: "mirror", uid: uidOf(node, "mirror") };
        const { status } = await node.send("POST", `${accounts}/powerful/token`, { spec: { boundObjectRef } });
        return status === 201 ? "a token of powerful" : undefined;
      }),
  },
  byToken("asks for a token of its Pod's account that is bound to nothing", "modest", () => ({})),
  byToken("asks for a token that is bound to a Pod of another node", "powerful", (node) => ({
    boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "elsewhere", uid: uidOf(node, "elsewhere") },
  })),
  byToken("asks for a token of a foreign account, bound to its own Pod", "powerful", (node) => ({
    boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "own", uid: uidOf(node, "own") },
  })),
  byToken("asks for a token for an audience that its Pod does not name", "modest", (node) => ({
    audiences: ["vault"],
    boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "own", uid: uidOf(node, "own") },
  })),
  {
    name: "asks for a token of ten years",
    run: () =>
      evilNode(async (node) => {
        const { storage } = node.controlPlane;
        const volumes = [{ name: "t", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } }];
        const rightful = pod("rightful", { nodeName: "evil", serviceAccountName: "modest", volumes });
        const { metadata } = storage.create(resources.pods, rightful);
        const boundObjectRef = { apiVersion: "v1", kind: "Pod", name: "rightful", uid: metadata.uid };
        const expirationSeconds = 10 * 365 * 24 * 3600;
        const answer = await node.send("POST", `${accounts}/modest/token`, {
          spec: { boundObjectRef, expirationSeconds },
        });
        if (answer.status !== 201) return undefined;
        const { spec, status } = answer.body as { spec: { expirationSeconds: number }; status: { token: string } };
        if (spec.expirationSeconds > 24 * 3600) return `a token for ${spec.expirationSeconds} seconds`;
        storage.delete(resources.pods, { namespace: "kube-system", name: "rightful" });
        const { send } = connectHttps({ certificateAuthority: node.controlPlane.caCertificatePem });
        const url = `${node.controlPlane.url}/apis/authentication.k8s.io/v1/selfsubjectreviews`;
        const headers = { authorization: `Bearer ${status.token}`, "content-type": "application/json" };
        const used = await send({ method: "POST", url, headers, body: "{}", timeoutMs: 5_000 }, never);
        return used.status === 201 ? "a token that outlives its Pod" : undefined;
      }),
  },
  byNodePatch("gives its Node the label of trusted nodes", merge, {
    metadata: { labels: { [restricted]: "yes" } },
  }),
  byNodePatch(
    "gives its Node the label by way of the status",
    merge,
    { metadata: { labels: { [restricted]: "yes" } } },
    "/api/v1/nodes/evil/status",
  ),
  ...[merge, "application/strategic-merge-patch+json"].map((type) =>
    byNodePatch(
      `gives its Node the label below __proto__ (${type})`,
      type,
      `{"metadata":{"labels":{"__proto__":{"${restricted}":"yes"}}}}`,
    ),
  ),
  byNodePatch(
    "gives its Node the label below __proto__ (JSON patch)",
    "application/json-patch+json",
    `[{"op":"add","path":"/metadata/labels/__proto__","value":{"${restricted}":"yes"}}]`,
  ),
  byNodePatch(
    "gives its Node the label below __proto__ (apply)",
    apply,
    `{"apiVersion":"v1","kind":"Node","metadata":{"name":"evil","labels":{"__proto__":{"${restricted}":"yes"}}}}`,
    "/api/v1/nodes/evil?fieldManager=kubelet&force=true",
  ),
  byNodePatch("takes the taint off its Node", merge, { spec: { taints: null } }),
  byPrototype("pollutes Object.prototype by managedFields", [merge, managedFields], [apply, application]),
  byPrototype("pollutes Object.prototype by an apply", [
    apply,
    '{"apiVersion":"v1","kind":"Node","metadata":{"name":"evil","annotations":{"__proto__":{"polluted":"yes"}}}}',
  ]),
  byPrototype("pollutes Object.prototype by a strategic merge patch", [
    "application/strategic-merge-patch+json",
    '{"metadata":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}',
  ]),
  {
    name: "asks for a certificate in another node's name",
    run: () =>
      evilNode(async ({ send }) => {
        const keys = await generateKeys("ECDSA-P256");
        const subject = { commonName: "system:node:other", organizations: ["system:nodes"] };
        const request = Buffer.from(await createCertificateRequest({ subject, keys })).toString("base64");
        const { status } = await send("POST", "/apis/certificates.k8s.io/v1/certificatesigningrequests", {
          metadata: { generateName: "csr-" },
          spec: {
            request,
            signerName: "kubernetes.io/kube-apiserver-client-kubelet",
            usages: ["client auth", "digital signature"],
          },
        });
        return status === 201 ? "a request in the name of another node" : undefined;
      }),
  },
  {
    name: "reads all Secrets, and those of the namespace",
    run: () =>
      evilNode(async ({ send }) => {
        const paths = ["/api/v1/secrets", "/api/v1/namespaces/kube-system/secrets"];
        const answers = await Promise.all(paths.map((path) => send("GET", path)));
        return answers.some(({ status }) => status === 200) ? canary : undefined;
      }),
  },
  {
    name: "names resources after members of Object.prototype",
    run: () =>
      evilNode(async ({ send }) => {
        const names = ["constructor", "__proto__", "toString", "hasOwnProperty"];
        const paths = names.flatMap((name) => [`/api/v1/${name}`, `/api/v1/nodes/evil/${name}`, `/apis/${name}/v1/x`]);
        const answers = await Promise.all(paths.map((path) => send("GET", path)));
        return answers.some(({ status }) => status === 200 || status >= 500)
          ? "an answer that is no refusal"
          : undefined;
      }),
  },
  {
    name: "sends a body of 300 MiB, with credentials and without",
    timeoutMs: 90_000,
    run: () =>
      evilNode(async ({ controlPlane, send }) => {
        await send("GET", "/api/v1/nodes/evil");
        const taken = await Promise.all([
          flood(controlPlane, undefined),
          flood(controlPlane, await administrator(controlPlane)),
        ]);
        const most = Math.max(...taken);
        return most > 40 * 2 ** 20 ? `${Math.round(most / 2 ** 20)} MiB that the server took` : undefined;
      }),
  },
]);

/** How many bytes of a request's endless body the server takes before it hangs up. */
async function flood(controlPlane: ControlPlane, credential: Credential | undefined): Promise<number> {
  const url = new URL(controlPlane.url);
  const socket = connect({
    host: url.hostname,
    port: Number(url.port),
    ca: controlPlane.caCertificatePem,
    ...defined({ cert: credential?.certificatePem, key: credential?.privateKeyPem }),
  });
  const gone = new Promise<void>((resolve) => {
    socket.on("close", () => resolve());
    socket.on("error", () => resolve());
  });
  const head = "POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
  socket.write(`${head}transfer-encoding: chunked\r\n\r\n`);
  const chunk = Buffer.concat([Buffer.from("10000\r\n"), randomBytes(65_536), Buffer.from("\r\n")]);
  const most = 300 * 2 ** 20;
  let sent = 0;
  while (sent < most && !socket.destroyed) {
    sent += chunk.length;
    if (!socket.write(chunk)) {
      await Promise.race([gone, new Promise((resolve) => socket.once("drain", resolve))]);
    }
  }
  const taken = socket.bytesWritten;
  socket.destroy();
  await gone;
  return Math.min(sent, taken);
}
