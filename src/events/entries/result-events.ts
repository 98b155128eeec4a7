import { oneLine } from "../../errors/printable-text.ts";
import { Secret } from "../../errors/secret.ts";
import { event, text } from "../entry.ts";
import { progress } from "../line.ts";

export interface InitOutcome {
  readonly kubeconfig: string;
  readonly certificatesUploaded: boolean;
  /** One for each bootstrap token; `controlPlane` is set if the cluster has a controlPlaneEndpoint. */
  readonly joins: readonly { readonly worker: Secret; readonly controlPlane?: Secret }[];
}

export interface JoinOutcome {
  readonly controlPlane: boolean;
  readonly etcd: "stacked" | "external" | "none";
}

export const resultEvents = {
  /** With a leading v. */
  "init.started": event<{ kubernetesVersion: string }>({ kubernetesVersion: text }, ({ kubernetesVersion }) =>
    progress("init", `Using Kubernetes version: ${kubernetesVersion}`),
  ),

  /** The result of init: how to use the cluster, and how to join other machines. */
  "init.finished": event<InitOutcome>(
    {
      kubeconfig: text,
      certificatesUploaded: true,
      joins: [{ worker: new Secret(text), controlPlane: new Secret(text) }],
    },
    (event) => [{ kind: "disclosure", text: initClosingText(event) }],
  ),

  "join.finished": event<JoinOutcome>({ controlPlane: true, etcd: "stacked" }, (event) =>
    joinClosingLines(event).map((text) => ({ kind: "progress", text })),
  ),
};

/**
 * Returns the last lines of an init, once for each bootstrap token. They are upstream's, because scripts read the join
 * commands from them. The secrets in the text are printed on purpose.
 */
function initClosingText({ joins, kubeconfig, certificatesUploaded }: InitOutcome): Secret {
  const texts = joins.map(({ worker, controlPlane }) =>
    [
      ...usageLines(kubeconfig),
      ...(controlPlane === undefined ? [] : controlPlaneLines(folded(controlPlane), certificatesUploaded)),
      "Then you can join any number of worker nodes by running the following on each as root:",
      "",
      folded(worker),
    ].join("\n"),
  );
  return new Secret(texts.join("\n"));
}

function usageLines(kubeconfig: string): readonly string[] {
  return [
    "",
    "Your Kubernetes control-plane has initialized successfully!",
    "",
    "To start using your cluster, you need to run the following as a regular user:",
    "",
    "  mkdir -p $HOME/.kube",
    `  sudo cp -i ${oneLine(kubeconfig)} $HOME/.kube/config`,
    "  sudo chown $(id -u):$(id -g) $HOME/.kube/config",
    "",
    "Alternatively, if you are the root user, you can run:",
    "",
    "  export KUBECONFIG=/etc/kubernetes/admin.conf",
    "",
    "You should now deploy a pod network to the cluster.",
    'Run "kubectl apply -f [podnetwork].yaml" with one of the options listed at:',
    "  https://kubernetes.io/docs/concepts/cluster-administration/addons/",
    "",
  ];
}

function controlPlaneLines(command: string, certificatesUploaded: boolean): readonly string[] {
  if (!certificatesUploaded) {
    return [
      "You can now join any number of control-plane nodes by copying certificate authorities",
      "and service account keys on each node and then running the following as root:",
      "",
      `  ${command}`,
      "",
    ];
  }
  return [
    "You can now join any number of control-plane nodes running the following command on each as root:",
    "",
    `  ${command}`,
    "",
    "Please note that the certificate-key gives access to cluster sensitive data, keep it secret!",
    "As a safeguard, uploaded-certs will be deleted in two hours; If necessary, you can use",
    '"kubeadm init phase upload-certs --upload-certs" to reload certs afterward.',
    "",
  ];
}

/** Returns the command on several lines, in a form that a shell accepts. */
function folded(command: Secret): string {
  return oneLine(command.reveal())
    .replace("--discovery-token-ca-cert-hash", "\\\n\t--discovery-token-ca-cert-hash")
    .replace("--control-plane", "\\\n\t--control-plane");
}

/** Returns the last lines of a join: upstream's, because scripts wait for them. */
function joinClosingLines({ controlPlane, etcd }: JoinOutcome): readonly string[] {
  return controlPlane ? joinedControlPlane(etcd) : joinedWorker;
}

const joinedWorker: readonly string[] = [
  "",
  "This node has joined the cluster:",
  "* Certificate signing request was sent to apiserver and a response was received.",
  "* The Kubelet was informed of the new secure connection details.",
  "",
  "Run 'kubectl get nodes' on the control-plane to see this node join the cluster.",
  "",
];

function joinedControlPlane(etcd: JoinOutcome["etcd"]): readonly string[] {
  return [
    "",
    "This node has joined the cluster and a new control plane instance was created:",
    "",
    "* Certificate signing request was sent to apiserver and approval was received.",
    "* The Kubelet was informed of the new secure connection details.",
    "* Control plane label and taint were applied to the new node.",
    "* The Kubernetes control plane instances scaled up.",
    etcd === "stacked" ? "* A new etcd member was added to the local/stacked etcd cluster." : "",
    "",
    "To start administering your cluster from this node, you need to run the following as a regular user:",
    "",
    "\tmkdir -p $HOME/.kube",
    "\tsudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config",
    "\tsudo chown $(id -u):$(id -g) $HOME/.kube/config",
    "",
    "Run 'kubectl get nodes' to see this node join the cluster.",
    "",
  ];
}
