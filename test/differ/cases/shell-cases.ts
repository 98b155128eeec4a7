// Shells and environments that are not as they should be: a working directory that is gone, descriptors that are full or
// closed, users without root on machines whose directories they may not look into.
import type { DifferCase } from "../case.ts";
import { words } from "./command-line-cases.ts";
import { initDocuments } from "./configuration-text.ts";

const removedDirectory = 'mkdir /tmp/gone && cd /tmp/gone && rmdir /tmp/gone && exec "$@"';

const configured = { "/work/c.yaml": initDocuments() };

/** What works without a working directory, and what is relative to it. */
const linesWithoutDirectory: readonly string[] = [
  "version -o short",
  "token generate",
  "config print join-defaults",
  "config images list --kubernetes-version v1.37.2",
  "config validate --config /work/c.yaml",
  "config validate --config c.yaml",
  "certs check-expiration",
  "certs renew admin.conf",
  "certs generate-csr --config /work/c.yaml --cert-dir /work/pki --kubeconfig-dir /work/conf",
  "kubeconfig user --client-name x --config /work/c.yaml",
  "init phase certs ca --config /work/c.yaml",
  "init phase kubeconfig admin --config /work/c.yaml",
  "init phase certs ca --config c.yaml",
  "init phase control-plane scheduler --config /work/c.yaml --patches p",
  "init --config /work/c.yaml --dry-run --ignore-preflight-errors all",
  "join 192.0.2.20:16443 --token bad --discovery-token-unsafe-skip-ca-verification",
  "join --config j.yaml",
  "reset -f",
  "reset -f --dry-run",
  "upgrade node --kubeconfig /none",
  "upgrade plan --kubeconfig none",
  "upgrade diff v1.37.2 --kubeconfig /none",
];

function withoutDirectory(): readonly DifferCase[] {
  return linesWithoutDirectory.map((line) => ({
    name: `shell/in a directory that was removed/${line}`,
    args: words(line),
    tree:
      line.startsWith("certs") || line.startsWith("init phase kubeconfig") || line.startsWith("kubeconfig")
        ? "pki"
        : "nothing",
    files: configured,
    shell: removedDirectory,
  }));
}

const runtime = { images: [], podSandboxes: [] };
const joinLine = "<endpoint> --token <token> --discovery-token-ca-cert-hash <pin>";

/** Each of them may be the first that makes a directory. */
const writingLines: readonly string[] = [
  "init phase certs all --config /work/c.yaml",
  "init phase certs sa --config /work/c.yaml",
  "init phase certs etcd-ca --config /work/c.yaml",
  "init phase kubeconfig all --config /work/c.yaml",
  "init phase control-plane all --config /work/c.yaml",
  "init phase etcd local --config /work/c.yaml",
  "init phase kubelet-start --config /work/c.yaml",
  "init --config /work/c.yaml --dry-run --ignore-preflight-errors all",
  "certs generate-csr --config /work/c.yaml --cert-dir /work/a/pki --kubeconfig-dir /work/b/conf",
  "config migrate --old-config /work/c.yaml --new-config /work/new/c.yaml",
  "config migrate --old-config /work/c.yaml --new-config /work/new.yaml",
  `join phase kubelet-start ${joinLine}`,
  `join phase control-plane-prepare download-certs ${joinLine} --control-plane --certificate-key <certificate-key>`,
  `join --dry-run ${joinLine} --ignore-preflight-errors all`,
];

const surroundings: Readonly<Record<string, string>> = {
  "without directories": 'rmdir /var/lib/kubelet && exec "$@"',
  "with a closed umask": 'umask 077 && rmdir /var/lib/kubelet && exec "$@"',
  "with an open umask": 'umask 000 && rmdir /var/lib/kubelet && exec "$@"',
};

/** What is made on the way to a file, and with which modes. */
function onFreshMachines(): readonly DifferCase[] {
  return Object.entries(surroundings).flatMap(([name, shell]) =>
    writingLines.map(
      (line): DifferCase => ({
        name: `shell/${name}/${line}`,
        args: words(line),
        tree: line.startsWith("init phase kubeconfig") ? "pki" : "nothing",
        files: configured,
        shell,
        ...(line.includes("join")
          ? { world: { apiServer: { uploadedCertificates: true }, containerRuntime: runtime } }
          : {}),
      }),
    ),
  );
}

/** Nobody in particular. */
const user = 1000;
const userLines: readonly string[] = [
  "version -o short",
  "init",
  "init --config /work/c.yaml",
  "init --config /work/c.yaml --ignore-preflight-errors all",
  "init --config /work/c.yaml --dry-run",
  "init phase preflight --config /work/c.yaml",
  "init phase certs ca --config /work/c.yaml",
  "init phase kubeconfig admin --config /work/c.yaml",
  "init phase upload-config all --config /work/c.yaml",
  "init phase upload-certs --upload-certs --config /work/c.yaml",
  "init phase mark-control-plane --config /work/c.yaml",
  "init phase bootstrap-token --config /work/c.yaml",
  "init phase addon all --config /work/c.yaml",
  `join ${joinLine}`,
  `join ${joinLine} --ignore-preflight-errors all`,
  `join ${joinLine} --ignore-preflight-errors IsPrivilegedUser`,
  `join ${joinLine} --control-plane`,
  `join ${joinLine} --dry-run`,
  `join phase preflight ${joinLine}`,
  `join phase kubelet-start ${joinLine}`,
  "reset",
  "reset -f",
  "reset -f --dry-run",
  "reset phase preflight",
  "reset -f --skip-phases preflight",
  "reset -f --ignore-preflight-errors all",
  "reset phase cleanup-node",
  "reset phase cleanup-node --dry-run",
  "token list",
  "token create --print-join-command",
  "certs check-expiration",
  "certs renew all",
  "kubeconfig user --client-name x --config /work/c.yaml",
  "config images list --kubernetes-version v1.37.2",
  "upgrade plan",
  "upgrade apply v1.37.2 --yes",
  "upgrade node",
  "upgrade diff v1.37.2",
];

const userMachines: Readonly<Record<string, Partial<DifferCase>>> = {
  "a fresh machine": {},
  "a machine with /etc/kubernetes 0750": {
    files: { "/etc/kubernetes": { directory: true, mode: 0o750 }, "/etc/kubernetes/manifests": { directory: true } },
  },
  "a machine with closed directories": {
    files: {
      "/etc/kubernetes": { directory: true, mode: 0o700 },
      "/etc/cni": { directory: true, mode: 0o700 },
      "/var/lib/kubelet": { directory: true, mode: 0o700 },
      "/var/lib/kubeadm": { directory: true, mode: 0o700 },
      "/var/lib/etcd": { directory: true, mode: 0o700 },
    },
  },
  "a control plane": { tree: "control-plane" },
  "a worker": { tree: "worker" },
};

/** What root is needed for, and what is said where it is. */
function withoutRoot(): readonly DifferCase[] {
  return Object.entries(userMachines).flatMap(([name, machine]) =>
    userLines.map(
      (line): DifferCase => ({
        name: `shell/without root on ${name}/${line}`,
        args: words(line),
        user,
        ...machine,
        files: { ...configured, ...machine.files },
        world: { apiServer: {}, containerRuntime: runtime },
      }),
    ),
  );
}

export function shellCases(): readonly DifferCase[] {
  return [...withoutDirectory(), ...onFreshMachines(), ...withoutRoot()];
}
