import { describe, expect, it } from "vitest";
import { kubeletClientPair } from "../../../test/fixtures/kubeadm/bootstrap/client-certificate.ts";
import {
  examined,
  healthyWorker,
  kubeletConf,
  nodePath,
  requestsPath,
  secret,
  server,
  statusObject,
  type Worker,
} from "../../../test/fixtures/kubeadm/doctor/worker.ts";
import { testAuthority } from "../../../test/fixtures/pki/authority.ts";
import { TransportError } from "../../cluster/transport.ts";

const kubeletConfPath = "/etc/kubernetes/kubelet.conf";
const pki = "/var/lib/kubelet/pki";
const current = `${pki}/kubelet-client-current.pem`;
const pairPath = `${pki}/kubelet-client-2026.pem`;
const manifestPath = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const restart = "systemctl restart kubelet";

function apiServer(...flags: readonly string[]): string {
  const command = ["kube-apiserver", "--advertise-address=192.0.2.21", "--secure-port=6443", ...flags];
  return `apiVersion: v1
kind: Pod
metadata: { name: kube-apiserver, namespace: kube-system }
spec:
  containers:
  - name: kube-apiserver
    image: registry.k8s.io/kube-apiserver:v1.37.2
    command: [${command.map((word) => JSON.stringify(word)).join(", ")}]
`;
}

/** Makes the machine the only control plane of its cluster. */
function asControlPlane({ files }: Worker, ...flags: readonly string[]): void {
  files[manifestPath] = secret(apiServer(...flags));
  files["/etc/kubernetes/pki/ca.key"] = secret("");
}

function refusing({ api }: Worker, status: 401 | 403, message: string): void {
  for (const path of Object.keys(api)) {
    if (path !== "/readyz")
      api[path] = { status, body: statusObject(status, status === 401 ? "Unauthorized" : "Forbidden", message) };
  }
}

async function findingOf(check: string, inject: (worker: Worker) => void | Promise<void>) {
  const worker = await healthyWorker();
  await inject(worker);
  const { checks, findings } = await examined(worker);
  const {
    finding = "",
    remedy = "",
    commands = [],
    decision = "",
  } = checks.find(({ name }) => name === check)?.findings[0] ?? {};
  const printed = findings.flatMap((each) => each.findings).flatMap((each) => [each.remedy, ...(each.commands ?? [])]);
  return { finding, remedy, commands, decision, printed: printed.join("\n") };
}

const untrusted = new TransportError(
  "certificate-untrusted",
  server,
  `Get "${server}/readyz": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
);

const forbidden =
  'nodes "w1" is forbidden: User "system:node:w1" cannot get resource "nodes" in API group "" at the cluster scope';

describe("the API server believes the kubelet, and refuses it (403)", () => {
  it("on the only control plane, whose API server lacks the authorizer Node: that is turned on again", async () => {
    const { finding, commands, printed } = await findingOf("node-registered", (worker) => {
      asControlPlane(worker, "--authorization-mode=RBAC");
      refusing(worker, 403, forbidden);
    });
    expect(finding).toMatch(/does not allow it to read its own Node: its authorizer Node is off/);
    expect(commands).toEqual([
      `sed -i 's/--authorization-mode=RBAC\\b/--authorization-mode=Node,RBAC/' ${manifestPath}`,
      "crictl ps -q --name kube-apiserver | xargs -r crictl stop",
    ]);
    expect(printed).not.toContain("reset");
  });

  it("at a server whose address has a path: the address is corrected", async () => {
    const { finding, remedy, commands, printed } = await findingOf("node-registered", (worker) => {
      worker.files[kubeletConfPath] = secret(kubeletConf(worker.ca, `${server}/old`));
      const message = 'forbidden: User "system:node:w1" cannot get path "/old/api/v1/nodes/w1"';
      worker.api["*"] = { status: 403, body: statusObject(403, "Forbidden", message) };
    });
    expect(finding).toMatch(/has the path \/old, and the API server refuses the kubelet there/);
    expect(remedy).toContain(`server: ${server})`);
    expect(commands).toEqual([`sed -i 's|server: ${server}/old|server: ${server}|' ${kubeletConfPath}`, restart]);
    expect(printed).not.toContain("reset");
  });

  it("with a certificate that lacks the group of kubelets: it gets one that has it", async () => {
    const { finding, commands } = await findingOf("node-registered", async (worker) => {
      worker.files[pairPath] = secret(await kubeletClientPair({ nodeName: "w1", ca: worker.ca, organizations: [] }));
      refusing(worker, 403, forbidden);
    });
    expect(finding).toMatch(/lacks the group system:nodes/);
    expect(commands).toContain(`mv --backup=numbered ${current} ${current}.old`);
  });

  it("for a reason that only the control planes show: nothing on the worker is replaced", async () => {
    const { commands, printed } = await findingOf("node-registered", (worker) => refusing(worker, 403, forbidden));
    expect(commands).toEqual([`grep authorization ${manifestPath}   # on a control plane`]);
    expect(printed).not.toMatch(/reset|token create/);
  });
});

describe("401 and 403 have different remedies", () => {
  it.each([
    ["the kubelet's certificate", "node-registered", () => undefined],
    [
      "its bootstrap token",
      "certificate-requests",
      ({ ca, files }: Worker) => {
        delete files[kubeletConfPath];
        delete files[pairPath];
        files["/etc/kubernetes/bootstrap-kubelet.conf"] = secret(
          kubeletConf(ca).replace(/user: \{.*\}/, "user: { token: abcdef.0123456789abcdef }"),
        );
      },
    ],
  ] as const)("%s", async (_what, check, inject) => {
    const of = async (status: 401 | 403) =>
      findingOf(check, (worker) => {
        inject(worker);
        refusing(worker, status, "no");
      });
    const [unbelieved, refused] = [await of(401), await of(403)];
    expect(unbelieved.commands.join()).toContain("kubeadm token create");
    expect(refused.commands.join()).not.toContain("token create");
    expect(unbelieved.remedy).not.toBe(refused.remedy);
    expect(unbelieved.printed + refused.printed).not.toContain("kubeadm reset");
  });
});

describe("the kubelet's link points to a certificate that is gone", () => {
  const dangling = ({ files }: Worker) => {
    files[current] = { target: "kubelet-client-gone.pem" };
  };

  it("while a valid one is next to it: the link is pointed there", async () => {
    const { finding, remedy, commands, printed } = await findingOf("kubelet-certificate", dangling);
    expect(finding).toMatch(/is missing: the link points to kubelet-client-gone\.pem, which doesn't exist/);
    expect(remedy).toMatch(new RegExp(`The certificate in ${pairPath} is valid until`));
    expect(commands).toEqual([
      `mv --backup=numbered ${current} ${current}.old`,
      `ln -s ${pairPath} ${current}`,
      restart,
    ]);
    expect(printed).not.toMatch(/reset|token create/);
  });

  const useless: readonly (readonly [string, (worker: Worker) => Promise<string>])[] = [
    ["of another Node", ({ ca }) => kubeletClientPair({ nodeName: "w9", ca })],
    ["of another CA", async () => kubeletClientPair({ nodeName: "w1", ca: await testAuthority() })],
    [
      "that has expired",
      ({ ca }) => kubeletClientPair({ nodeName: "w1", ca, notAfter: new Date(Date.now() - 3_600_000) }),
    ],
    [
      "without its key",
      async ({ ca }) => (await kubeletClientPair({ nodeName: "w1", ca })).split("-----BEGIN EC")[0] ?? "",
    ],
  ];
  it.each(useless)("while the one next to it is one %s: it gets a new one", async (_what, pair) => {
    const { commands } = await findingOf("kubelet-certificate", async (worker) => {
      dangling(worker);
      worker.files[pairPath] = secret(await pair(worker));
    });
    expect(commands.join()).not.toContain("ln -s");
    expect(commands.join()).toContain("kubeadm token create");
  });
});

describe("a kubelet.conf that cannot be used", () => {
  const shapes: readonly (readonly [string, (worker: Worker) => void])[] = [
    [
      "is missing",
      ({ files }) => {
        delete files[kubeletConfPath];
      },
    ],
    [
      "is empty",
      ({ files }) => {
        files[kubeletConfPath] = secret("");
      },
    ],
    [
      "is not YAML",
      ({ files }) => {
        files[kubeletConfPath] = secret("}{");
      },
    ],
    [
      "is of no cluster",
      ({ ca, files }) => {
        files[kubeletConfPath] = secret(kubeletConf(ca).replace("current-context: x", 'current-context: ""'));
      },
    ],
  ];

  it.each(shapes)("%s: a worker gets a bootstrap kubeconfig, and nothing is deleted", async (what, inject) => {
    const { commands, printed } = await findingOf("kubelet-kubeconfig", inject);
    expect(commands).toEqual([
      expect.stringMatching(/^kubectl .* > cluster\.yaml {3}# on a control plane$/),
      'kubeadm kubeconfig user --config cluster.yaml --client-name kubelet-bootstrap --token "$(kubeadm token create)" > bootstrap-kubelet.conf   # on a control plane',
      ...(what === "is missing" ? [] : [`mv --backup=numbered ${kubeletConfPath} ${kubeletConfPath}.old`]),
      "scp CONTROL-PLANE:bootstrap-kubelet.conf /etc/kubernetes/bootstrap-kubelet.conf",
      "chmod 0600 /etc/kubernetes/bootstrap-kubelet.conf",
      restart,
    ]);
    expect(printed).not.toContain("reset");
  });

  it.each(shapes)("%s: a control plane with the CA's key makes a new one", async (what, inject) => {
    const { commands, printed } = await findingOf("kubelet-kubeconfig", (worker) => {
      asControlPlane(worker);
      inject(worker);
    });
    expect(commands).toEqual([
      ...(what === "is missing" ? [] : [`mv --backup=numbered ${kubeletConfPath} ${kubeletConfPath}.old`]),
      "kubeadm init phase kubeconfig kubelet --node-name w1 --apiserver-advertise-address 192.0.2.21 --apiserver-bind-port 6443",
      restart,
      `timeout 60 sh -c 'until test -e ${current}; do sleep 1; done'`,
      "kubeadm init phase kubelet-finalize enable-client-cert-rotation",
    ]);
    expect(printed).not.toMatch(/kubeadm reset|token create/);
  });
});

it("a name that is neither the machine's nor that of the certificate is a decision, not a command", async () => {
  const { commands, decision } = await findingOf("node-name", ({ machine, network }) => {
    machine.hostname = "renamed";
    network.names = { ...network.names, renamed: ["192.0.2.21"] };
  });
  expect(commands).toEqual(["hostnamectl"]);
  expect(decision).toMatch(/hostnamectl set-hostname w1/);
});

it("a request that a kubelet would find again is deleted only by decision, and what that loses is said", async () => {
  const { commands, decision } = await findingOf("certificate-requests", async ({ api }) => {
    const { certificateRequest } = await import("../../../test/fixtures/kubeadm/doctor/certificate-request.ts");
    api[requestsPath] = certificateRequest({ conditions: [{ type: "Denied" }] }, "node-csr-x");
    delete api[nodePath];
  });
  expect(commands).toEqual(["kubectl describe csr node-csr-x", restart]);
  expect(decision).toMatch(/^Because .*: delete it with `kubectl delete csr node-csr-x` .*\. This loses the record/);
});

describe("two CAs on one machine", () => {
  const authorityPath = "/etc/kubernetes/pki/ca.crt";

  it("of which the API server has that of the kubeconfig: the file is set aside and written again", async () => {
    const { commands } = await findingOf("cluster-ca", async ({ files }) => {
      files[authorityPath] = (await testAuthority()).certificatePem;
    });
    expect(commands[0]).toBe(`mv --backup=numbered ${authorityPath} ${authorityPath}.old`);
    expect(commands.at(-1)).toBe(restart);
  });

  it("of which the API server has that of the file: the kubelet gets another kubeconfig", async () => {
    const { commands } = await findingOf("cluster-ca", async (worker) => {
      worker.api["*"] = untrusted;
      worker.files[kubeletConfPath] = secret(kubeletConf(await testAuthority()));
    });
    expect(commands).toContain(`mv --backup=numbered ${kubeletConfPath} ${kubeletConfPath}.old`);
    expect(commands.join()).toContain("kubeadm token create");
  });

  it("of which the API server has neither: which is right is a decision", async () => {
    const { commands, decision } = await findingOf("cluster-ca", async (worker) => {
      worker.api["*"] = untrusted;
      worker.inspect = async () => undefined;
      worker.files[kubeletConfPath] = secret(kubeletConf(await testAuthority()));
    });
    expect(commands).toEqual([`openssl x509 -noout -fingerprint -sha256 -in ${authorityPath}`]);
    expect(decision).toMatch(/which of the two clusters/);
  });
});
