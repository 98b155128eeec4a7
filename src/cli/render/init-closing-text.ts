import { oneLine } from "../../errors/printable-text.ts";
import { Secret } from "../../errors/secret.ts";
import type { EventTypes } from "../../events/event.ts";

/**
 * Returns the last lines of an init, once for each bootstrap token. They are upstream's, because scripts read the join
 * commands from them. The secrets in the text are printed on purpose.
 */
export function initClosingText({ joins, kubeconfig, certificatesUploaded }: EventTypes["init.finished"]): Secret {
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
