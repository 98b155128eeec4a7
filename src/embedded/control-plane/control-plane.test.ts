import { createHash } from "node:crypto";
import { request as httpsRequest } from "node:https";
import { afterEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { defined } from "../../values/defined.ts";
import { at, stringAt } from "./apiserver/objects.ts";
import { type ControlPlane, type ControlPlaneOptions, type Credential, resources, startControlPlane } from "./index.ts";
import { requester } from "./requester.ts";

const running: ControlPlane[] = [];

async function start(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const controlPlane = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256", ...options });
  running.push(controlPlane);
  return controlPlane;
}

afterEach(async () => {
  for (const controlPlane of running.splice(0)) await controlPlane.close();
});

function configuration({ storage }: ControlPlane, name: string, key: string): unknown {
  return parse(stringAt(storage.get(resources.configMaps, { namespace: "kube-system", name }), "data", key) ?? "");
}

interface SocketRequest {
  readonly path: string;
  readonly credential?: Credential;
  readonly onData?: (text: string) => void;
}

/** Resolves with the status and the body when the answer ends for any reason. */
function fetchOver(controlPlane: ControlPlane, { path, credential, onData }: SocketRequest) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; body: string }>();
  const client = defined({ cert: credential?.certificatePem, key: credential?.privateKeyPem });
  const request = httpsRequest(
    `${controlPlane.url}${path}`,
    { ca: controlPlane.caCertificatePem, agent: false, ...client },
    (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
        onData?.(body);
      });
      response.on("close", () => resolve({ status: response.statusCode, body }));
      response.on("error", () => undefined);
    },
  );
  request.on("error", reject);
  request.end();
  return promise;
}

describe("a started control plane", () => {
  test("knows the user of a client certificate that comes over a socket", async () => {
    const controlPlane = await start();
    const credential = await controlPlane.createClientCredential({
      commonName: "a",
      organizations: ["system:masters"],
    });
    expect(await fetchOver(controlPlane, { path: "/api/v1/nodes", credential })).toMatchObject({ status: 200 });
    expect(await fetchOver(controlPlane, { path: "/api/v1/nodes" })).toMatchObject({ status: 403 });
    const stranger = await (await start()).createClientCredential({
      commonName: "a",
      organizations: ["system:masters"],
    });
    expect(await fetchOver(controlPlane, { path: "/api/v1/nodes", credential: stranger })).toMatchObject({
      status: 401,
    });
  });

  test("gives an administrator a kubeconfig that cluster-info agrees with", async () => {
    const controlPlane = await start({ clusterName: "prod" });
    const kubeconfig = parse(controlPlane.adminKubeconfig);
    const ca = Buffer.from(controlPlane.caCertificatePem).toString("base64");
    expect(kubeconfig).toMatchObject({
      clusters: [
        { name: "prod", cluster: { server: `https://${controlPlane.endpoint}`, "certificate-authority-data": ca } },
      ],
      contexts: [{ name: "kubernetes-admin@prod", context: { cluster: "prod", user: "kubernetes-admin" } }],
      "current-context": "kubernetes-admin@prod",
    });
    const info = controlPlane.storage.get(resources.configMaps, { namespace: "kube-public", name: "cluster-info" });
    expect(parse(stringAt(info, "data", "kubeconfig") ?? "")).toMatchObject({
      clusters: [{ cluster: { "certificate-authority-data": ca } }],
    });
  });

  test("ends its watches when it closes", async () => {
    const controlPlane = await start();
    const credential = await controlPlane.createClientCredential({
      commonName: "a",
      organizations: ["system:masters"],
    });
    const began = Promise.withResolvers<void>();
    const watch = fetchOver(controlPlane, {
      path: "/api/v1/namespaces?watch=true",
      credential,
      onData: () => began.resolve(),
    });
    await began.promise;
    await controlPlane.close();
    expect((await watch).body).toContain('"type":"ADDED"');
    await expect(fetchOver(controlPlane, { path: "/version" })).rejects.toThrow("ECONNREFUSED");
  });

  test("closes when its signal aborts, and does not start with one that has", async () => {
    const stop = new AbortController();
    const controlPlane = await start({ signal: stop.signal });
    stop.abort();
    await controlPlane.close();
    await expect(fetchOver(controlPlane, { path: "/version" })).rejects.toThrow("ECONNREFUSED");
    await expect(startControlPlane({ signal: stop.signal })).rejects.toThrow("aborted");
  });

  test("refuses a version that is not one", async () => {
    await expect(startControlPlane({ version: "latest" })).rejects.toThrow("not a Kubernetes version: latest");
  });
});

describe("the objects of kubeadm init", () => {
  test("follow the settings of the cluster", async () => {
    const controlPlane = await start({
      controlPlaneEndpoint: "api.example.com:6443",
      serviceSubnet: "10.128.0.0/16",
      podSubnet: "10.99.0.0/16",
      dnsDomain: "example.internal",
    });
    expect(controlPlane.endpoint).toBe("api.example.com:6443");
    expect(configuration(controlPlane, "kubeadm-config", "ClusterConfiguration")).toMatchObject({
      apiVersion: "kubeadm.k8s.io/v1beta4",
      controlPlaneEndpoint: "api.example.com:6443",
      kubernetesVersion: "v1.37.2",
      networking: { dnsDomain: "example.internal", podSubnet: "10.99.0.0/16", serviceSubnet: "10.128.0.0/16" },
    });
    expect(configuration(controlPlane, "kubelet-config", "kubelet")).toMatchObject({
      clusterDNS: ["10.128.0.10"],
      clusterDomain: "example.internal",
      rotateCertificates: true,
    });
    expect(configuration(controlPlane, "kube-proxy", "config.conf")).toMatchObject({
      clusterCIDR: "10.99.0.0/16",
      mode: "iptables",
    });
    const dns = controlPlane.storage.get(resources.services, { namespace: "kube-system", name: "kube-dns" });
    expect(at(dns, "spec", "clusterIP")).toBe("10.128.0.10");
  });

  test("carry a hash where the component's configuration is kubeadm's own", async () => {
    const hashOf = ({ storage }: ControlPlane) => {
      const map = storage.get(resources.configMaps, { namespace: "kube-system", name: "kubelet-config" });
      return {
        hash: map?.metadata.annotations?.["kubeadm.kubernetes.io/component-config.hash"],
        data: stringAt(map, "data", "kubelet") ?? "",
      };
    };
    const { hash, data } = hashOf(await start());
    expect(hash).toBe(`sha256:${createHash("sha256").update(data).digest("hex")}`);
    const own = await start({ kubeletConfiguration: { cgroupDriver: "cgroupfs" } });
    expect(hashOf(own)).toMatchObject({ hash: undefined, data: expect.stringContaining("cgroupDriver: cgroupfs") });
  });

  test.each<[string, string, boolean, string]>([
    ["v1.34.4", "34", false, ""],
    ["v1.35.4", "35", false, ""],
    ["v1.36.3", "36", true, ""],
    ["v1.37.2", "37", true, "iptables"],
  ])("of %s are those of that release", async (version, minor, hasKubeletClientBinding, mode) => {
    const controlPlane = await start({ version });
    const { body } = await requester(controlPlane).send("GET", "/version");
    expect(body).toMatchObject({ gitVersion: version, major: "1", minor });
    const binding = controlPlane.storage.get(resources.clusterRoleBindings, {
      name: "kubeadm:apiserver-kubelet-client",
    });
    expect(binding !== undefined).toBe(hasKubeletClientBinding);
    expect(configuration(controlPlane, "kube-proxy", "config.conf")).toMatchObject({ mode });
  });

  test("let a token do what a join needs, and anyone read cluster-info, by these rules", async () => {
    const { storage } = await start();
    const subjects = (name: string) => at(storage.get(resources.clusterRoleBindings, { name }), "subjects");
    const tokens = [
      { apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:bootstrappers:kubeadm:default-node-token" },
    ];
    for (const name of ["kubeadm:get-nodes", "kubeadm:kubelet-bootstrap", "kubeadm:node-autoapprove-bootstrap"]) {
      expect([name, subjects(name)]).toEqual([name, tokens]);
    }
    expect(
      storage.get(resources.roles, { namespace: "kube-public", name: "kubeadm:bootstrap-signer-clusterinfo" }),
    ).toMatchObject({
      rules: [{ apiGroups: [""], resourceNames: ["cluster-info"], resources: ["configmaps"], verbs: ["get"] }],
    });
  });
});

describe("a body of more than 3 MiB", () => {
  const body = { metadata: { name: "big" }, data: { text: "x".repeat(3 * 1024 * 1024) } };

  test("is refused with 413, no matter who may write such objects", async () => {
    const controlPlane = await start();
    const credential = await controlPlane.createClientCredential({
      commonName: "a",
      organizations: ["system:masters"],
    });
    const { status, body: answer } = await requester(controlPlane, credential).send(
      "POST",
      "/api/v1/namespaces/default/configmaps",
      body,
    );
    expect(status).toBe(413);
    expect(answer).toMatchObject({
      reason: "RequestEntityTooLarge",
      message: "Request entity too large: limit is 3145728",
    });
  });

  test.each<[string, ControlPlaneOptions, number]>([
    ["nobody is let in without credentials", { anonymousAuth: false }, 401],
    ["the user may not write", {}, 403],
  ])("is not looked at where %s", async (_why, options, status) => {
    const controlPlane = await start(options);
    const answer = await requester(controlPlane).send("POST", "/api/v1/namespaces/default/configmaps", body);
    expect(answer.status).toBe(status);
  });
});
