import { describe, expect, it } from "vitest";
import { type GroupResource, resources } from "../../src/embedded/control-plane/index.ts";
import { parseBootstrapToken } from "../../src/kubeadm/config/fields/bootstrap-token.ts";
import { addon } from "../../src/phases/init/addon.ts";
import { bootstrapToken } from "../../src/phases/init/bootstrap-token.ts";
import { kubeletFinalize } from "../../src/phases/init/kubelet-finalize.ts";
import { showJoinCommand } from "../../src/phases/init/show-join-command.ts";
import { uploadCerts } from "../../src/phases/init/upload-certs.ts";
import { uploadConfig } from "../../src/phases/init/upload-config.ts";
import { initOptions } from "../support/init/cluster-phases.ts";
import { all, key, requestsOf, start, stdoutOf, stored, token } from "../support/init/started-cluster.ts";

describe("a run of all of them", () => {
  it("prints upstream's lines in upstream's order, and ends with the join commands", async () => {
    const init = await start({ cluster: { controlPlaneEndpoint: "192.0.2.10:6443" }, certificateKey: key });
    await init.run(...all);
    const pin = init.controlPlane.caPin;
    const join = `kubeadm join 192.0.2.10:6443 --token ${token} \\\n\t--discovery-token-ca-cert-hash ${pin} `;
    expect(stdoutOf(init.told)).toBe(
      `[upload-config] Storing the configuration used in ConfigMap "kubeadm-config" in the "kube-system" Namespace
[kubelet] Creating a ConfigMap "kubelet-config" in namespace kube-system with the configuration for the kubelets in the cluster
[upload-certs] Storing the certificates in Secret "kubeadm-certs" in the "kube-system" Namespace
[upload-certs] Using certificate key:
${key}
[mark-control-plane] Marking the node cp1 as control-plane by adding the labels: [node-role.kubernetes.io/control-plane node.kubernetes.io/exclude-from-external-load-balancers]
[mark-control-plane] Marking the node cp1 as control-plane by adding the taints [node-role.kubernetes.io/control-plane:NoSchedule]
[bootstrap-token] Using token: ${token}
[bootstrap-token] Configuring bootstrap tokens, cluster-info ConfigMap, RBAC Roles
[bootstrap-token] Configured RBAC rules to allow Node Bootstrap tokens to get nodes
[bootstrap-token] Configured RBAC rules to allow Node Bootstrap tokens to post CSRs in order for nodes to get long term certificate credentials
[bootstrap-token] Configured RBAC rules to allow the csrapprover controller automatically approve CSRs from a Node Bootstrap Token
[bootstrap-token] Configured RBAC rules to allow certificate rotation for all node client certificates in the cluster
[bootstrap-token] Configured RBAC rules to allow the API server kubelet client certificate to access the kubelet API
[bootstrap-token] Creating the "cluster-info" ConfigMap in the "kube-public" namespace
[addons] Applied essential addon: CoreDNS
[addons] Applied essential addon: kube-proxy

Your Kubernetes control-plane has initialized successfully!

To start using your cluster, you need to run the following as a regular user:

  mkdir -p $HOME/.kube
  sudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config
  sudo chown $(id -u):$(id -g) $HOME/.kube/config

Alternatively, if you are the root user, you can run:

  export KUBECONFIG=/etc/kubernetes/admin.conf

You should now deploy a pod network to the cluster.
Run "kubectl apply -f [podnetwork].yaml" with one of the options listed at:
  https://kubernetes.io/docs/concepts/cluster-administration/addons/

You can now join any number of control-plane nodes running the following command on each as root:

  ${join}\\\n\t--control-plane --certificate-key ${key}

Please note that the certificate-key gives access to cluster sensitive data, keep it secret!
As a safeguard, uploaded-certs will be deleted in two hours; If necessary, you can use
"kubeadm init phase upload-certs --upload-certs" to reload certs afterward.

Then you can join any number of worker nodes by running the following on each as root:

${join}
`,
    );
  });

  it("makes admin.conf's user an administrator first, by the super-admin, and asks nothing that upstream does not", async () => {
    const init = await start();
    await init.run(...all);
    const requests = requestsOf(init);
    expect(requests.slice(0, 2)).toEqual([
      "create clusterrolebindings 403 kubernetes-admin",
      "create clusterrolebindings 201 kubernetes-super-admin",
    ]);
    expect(requests.filter((request) => !request.startsWith("create"))).toEqual([
      "get nodes/cp1 200 kubernetes-admin",
      "patch nodes/cp1 200 kubernetes-admin",
      "list deployments 200 kubernetes-admin",
    ]);
    // Upstream's were 40, three more of which looked for what is about to be written.
    expect(requests.slice(2).filter((request) => / 201 kubernetes-admin$/.test(request))).toHaveLength(32);
    expect(requests).toHaveLength(37);
  });

  it("leaves no secret in a stream of events", async () => {
    const init = await start({ cluster: { controlPlaneEndpoint: "192.0.2.10:6443" }, certificateKey: key });
    await init.run(...all);
    const lines = stdoutOf(init.told, "json");
    expect(lines).not.toContain(key);
    expect(lines).not.toContain(token.slice(7));
    expect(lines).toContain('"tokens":["[redacted]"]');
  });

  it("shows neither token nor key where that is not wanted", async () => {
    const init = await start({
      cluster: { controlPlaneEndpoint: "192.0.2.10:6443" },
      certificateKey: key,
      options: { skipTokenPrint: true, skipCertificateKeyPrint: true },
    });
    await init.run(...all);
    const text = stdoutOf(init.told);
    expect(text).not.toContain(key);
    expect(text).not.toContain(token);
    expect(text.match(/--token <value withheld> /g)).toHaveLength(2);
    expect(text).toContain("--certificate-key <value withheld>\n");
  });

  it("done again replaces what is there, and keeps what an administrator has made of it", async () => {
    const init = await start();
    await init.run(...all);
    const { storage } = init.controlPlane;
    const edit = (resource: GroupResource, name: string, changes: object) =>
      storage.update(resource, { name, namespace: "kube-system" }, {}, (object) => ({ ...object, ...changes }));
    edit(resources.configMaps, "coredns", { data: { Corefile: ".:53 {\n    whoami\n}\n" } });
    edit(resources.configMaps, "kubeadm-config", { data: { ClusterConfiguration: "old", Other: "kept" } });
    edit(resources.configMaps, "kube-proxy", { data: { "config.conf": "old" } });
    const deployment = stored(init, resources.deployments, "coredns");
    edit(resources.deployments, "coredns", { spec: { ...(deployment?.["spec"] as object), replicas: 5 } });
    await init.run(...all);
    expect(stored(init, resources.configMaps, "coredns")?.["data"]).toEqual({ Corefile: ".:53 {\n    whoami\n}\n" });
    expect(stored(init, resources.configMaps, "kubeadm-config")?.["data"]).toEqual({
      ClusterConfiguration: expect.stringContaining("kind: ClusterConfiguration"),
      Other: "kept",
    });
    expect(stored(init, resources.configMaps, "kube-proxy")?.["data"]).toHaveProperty(["kubeconfig.conf"]);
    expect(stored(init, resources.deployments, "coredns")?.["spec"]).toMatchObject({ replicas: 5 });
    expect(init.told.filter(({ type }) => type === "warning")).toEqual([]);
  });
});

describe("several bootstrap tokens", () => {
  it("are all made and shown, with a join command each", async () => {
    const { configuration } = initOptions({});
    const [first] = configuration.bootstrapTokens;
    if (first === undefined) throw new Error("there is no token");
    const second = { ...first, token: parseBootstrapToken("ghijkl.ghijklmnopqrstuv") };
    const init = await start({ options: { configuration: { ...configuration, bootstrapTokens: [first, second] } } });
    await init.run(uploadCerts, bootstrapToken, showJoinCommand);
    expect(stored(init, resources.secrets, "bootstrap-token-ghijkl")).toBeDefined();
    const shown = stdoutOf(init.told);
    expect(shown).toContain(`[bootstrap-token] Using tokens: [${token} ghijkl.ghijklmnopqrstuv]\n`);
    expect(shown.match(/kubeadm join \S+ --token \S+/g)).toHaveLength(2);
    expect(shown).toContain("--token ghijkl.ghijklmnopqrstuv ");
  });
});

describe("cluster-info", () => {
  const made = (init: Awaited<ReturnType<typeof start>>) =>
    stored(init, resources.configMaps, "cluster-info", "kube-public");
  const withTokens = async (...changes: readonly { readonly id: string; readonly [field: string]: unknown }[]) => {
    const { configuration } = initOptions({});
    const bootstrapTokens = changes.flatMap(({ id, ...change }) =>
      configuration.bootstrapTokens.map((spec) => ({
        ...spec,
        token: parseBootstrapToken(`${id}.0123456789abcdef`),
        ...change,
      })),
    );
    return start({ options: { configuration: { ...configuration, bootstrapTokens } } });
  };

  it("is signed from the start for the tokens that sign, and for no others", async () => {
    const init = await withTokens(
      { id: "aaaaaa" },
      { id: "bbbbbb", usages: ["authentication"] },
      { id: "cccccc", ttlMs: 0, usages: ["signing"] },
    );
    await init.run(bootstrapToken);
    expect(Object.keys(made(init)?.["data"] ?? {})).toEqual([
      "jws-kubeconfig-aaaaaa",
      "jws-kubeconfig-cccccc",
      "kubeconfig",
    ]);
  });

  it("leaves the signer of the controller manager nothing to do", async () => {
    const init = await withTokens({ id: "aaaaaa" }, { id: "bbbbbb", usages: ["authentication"] });
    await init.run(bootstrapToken);
    const before = made(init);
    init.controlPlane.controllers.start("bootstrapsigner");
    // It acts in a later turn of the event loop.
    for (let turn = 0; turn < 10; turn++) await new Promise((done) => setImmediate(done));
    expect(made(init)).toEqual(before);
  });
});

describe("the first use of admin.conf", () => {
  it("says what to do where its user has no rights and there is no super-admin.conf", async () => {
    const init = await start();
    await init.host.files.remove("/etc/kubernetes/super-admin.conf");
    const began = init.host.clock.monotonic();
    await expect(init.run(uploadConfig)).rejects.toMatchObject({
      code: "ADMIN_WITHOUT_RIGHTS",
      message: expect.stringContaining("could not bootstrap the admin user in file admin.conf: the ClusterRoleBinding"),
      remedy: expect.stringContaining("kubectl create clusterrolebinding kubeadm:cluster-admins"),
    });
    expect(init.host.clock.monotonic() - began).toBeLessThan(10_000);
  });

  it("waits for a server that is starting", async () => {
    const init = await start();
    init.controlPlane.faults.add({ match: {}, action: { kind: "reset" }, times: 20 });
    init.controlPlane.faults.add({ match: {}, action: { kind: "status", code: 503 }, times: 3 });
    await init.run(uploadConfig);
    expect(stored(init, resources.configMaps, "kubeadm-config")).toBeDefined();
  });

  it("gives up after kubernetesAPICall, with the cause", async () => {
    const init = await start();
    init.controlPlane.faults.add({ match: {}, action: { kind: "reset" } });
    const began = init.host.clock.monotonic();
    await expect(init.run(uploadConfig)).rejects.toMatchObject({
      code: "CLUSTER_REQUEST_FAILED",
      message: expect.stringContaining("connection reset by peer"),
    });
    expect(init.host.clock.monotonic() - began).toBeCloseTo(60_000, -3);
  });

  it("has nothing to do with a kubeconfig that --kubeconfig names", async () => {
    const init = await start({ options: { kubeconfigPath: "/root/.kube/config" } });
    const kubeconfig = await init.controlPlane.createKubeconfig({
      commonName: "me",
      organizations: ["system:masters"],
    });
    init.host.files.put("/root/.kube/config", kubeconfig);
    await init.run(uploadConfig);
    expect(requestsOf(init).filter((request) => request.includes("clusterrolebindings"))).toEqual([]);
  });
});

describe("a write that fails", () => {
  it.each([
    ["409", { kind: "status", code: 409 }],
    ["429", { kind: "status", code: 429, retryAfterSeconds: 1 }],
    ["503", { kind: "status", code: 503 }],
    ["404 of a namespace that is still to come", { kind: "status", code: 404 }],
    ["403 of a server that has not read its rules yet", { kind: "status", code: 403 }],
    ["a broken connection", { kind: "reset" }],
  ] as const)("is made again after %s", async (_name, action) => {
    const init = await start();
    init.controlPlane.faults.add({ match: { verb: "create", resource: "configmaps" }, action, times: 2 });
    await init.run(uploadConfig, bootstrapToken, addon);
    expect(stored(init, resources.configMaps, "kube-proxy")).toBeDefined();
  });

  it("that the server means is believed within seconds", async () => {
    const init = await start();
    const action = { kind: "status", code: 403, message: "no configmaps today" } as const;
    init.controlPlane.faults.add({ match: { verb: "create", resource: "configmaps" }, action });
    const began = init.host.clock.monotonic();
    await expect(init.run(uploadConfig)).rejects.toMatchObject({
      code: "CLUSTER_REQUEST_FAILED",
      message:
        "error execution phase upload-config/kubeadm: error uploading the kubeadm ClusterConfiguration: no configmaps today",
    });
    expect(init.host.clock.monotonic() - began).toBeLessThan(15_000);
  });
});

describe("a dry run", () => {
  it("shows what it would send, without what is secret in it, and sends nothing", async () => {
    const files = Object.fromEntries(["ca.key", "sa.key"].map((name) => [`/etc/kubernetes/pki/${name}`, "private"]));
    const init = await start({ files, options: { dryRun: true } });
    await init.run(...all);
    expect(init.controlPlane.requests.all).toEqual([]);
    const text = stdoutOf(init.told.filter(({ type }) => type.startsWith("dryrun.")));
    expect(text).toContain('[dryrun] Would perform action CREATE on resource "secrets" in API group "core/v1"');
    expect(text).toContain("\n  name: bootstrap-token-abcdef\n  namespace: kube-system\n");
    expect(text).toContain(`\n  token-id: ${Buffer.from("abcdef").toString("base64")}\n`);
    expect(text).toContain("\n  token-secret: '[redacted]'\n");
    expect(text).toContain("\n  ca.key: '[redacted]'\n");
    expect(text).not.toContain(Buffer.from(token.slice(7)).toString("base64"));
    expect(text).toMatch(/^ {2}jws-kubeconfig-abcdef: [\w-]+\.\.[\w-]{43}$/m);
    expect(text).toContain('[dryrun] Would perform action PATCH on resource "nodes" in API group "core/v1"');
  });
});

describe("kubelet-finalize", () => {
  const current = "/var/lib/kubelet/pki/kubelet-client-current.pem";

  it("has kubelet.conf name the certificate that the kubelet renews, and restarts the kubelet", async () => {
    const init = await start({ files: { [current]: "pem" } });
    const user = { commonName: "system:node:cp1", organizations: ["system:nodes"] };
    init.host.files.put("/etc/kubernetes/kubelet.conf", await init.controlPlane.createKubeconfig(user));
    await init.run(kubeletFinalize);
    const text = await init.host.files.readText("/etc/kubernetes/kubelet.conf");
    expect(text).toMatch(
      /users:\n- name: system:node:cp1\n {2}user:\n {4}client-certificate: (\S+)\n {4}client-key: \1\n$/,
    );
    expect(text).toContain(`client-key: ${current}`);
    expect((await init.host.files.status("/etc/kubernetes/kubelet.conf"))?.mode).toBe(0o600);
    expect(init.host.services.actions).toEqual([{ action: "restart", service: "kubelet" }]);
    expect(stdoutOf(init.told)).toBe(
      '[kubelet-finalize] Updating "/etc/kubernetes/kubelet.conf" to point to a rotatable kubelet client certificate and key\n',
    );
  });

  it("goes by the kubelet's own cert-dir", async () => {
    const options = initOptions({});
    const nodeRegistration = {
      ...options.configuration.nodeRegistration,
      kubeletExtraArgs: [{ name: "cert-dir", value: "/srv/kubelet/" }],
    };
    const init = await start({
      files: { "/srv/kubelet/kubelet-client-current.pem": "pem" },
      options: { configuration: { ...options.configuration, nodeRegistration } },
    });
    const user = { commonName: "system:node:cp1", organizations: ["system:nodes"] };
    init.host.files.put("/etc/kubernetes/kubelet.conf", await init.controlPlane.createKubeconfig(user));
    await init.run(kubeletFinalize);
    const text = await init.host.files.readText("/etc/kubernetes/kubelet.conf");
    expect(text).toContain("client-key: /srv/kubelet/kubelet-client-current.pem");
  });

  it("does nothing where the kubelet does not renew its certificate", async () => {
    const init = await start();
    await init.run(kubeletFinalize);
    expect(stdoutOf(init.told)).toBe("");
    expect(init.host.services.actions).toEqual([]);
  });

  it("leaves a kubelet.conf of another node unchanged", async () => {
    const init = await start({ files: { [current]: "pem" } });
    const user = { commonName: "system:node:cp2", organizations: ["system:nodes"] };
    const before = await init.controlPlane.createKubeconfig(user);
    init.host.files.put("/etc/kubernetes/kubelet.conf", before);
    await expect(init.run(kubeletFinalize)).rejects.toMatchObject({ code: "KUBECONFIG_INVALID" });
    expect(await init.host.files.readText("/etc/kubernetes/kubelet.conf")).toBe(before);
  });
});
