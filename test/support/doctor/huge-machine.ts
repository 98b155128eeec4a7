// A control plane on which nothing is of a usual size, for the compiled program.
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import type { ControlPlane, resources, StoredObject } from "../../../src/embedded/control-plane/index.ts";
import { podMethods } from "../../../src/embedded/cri/pod-methods.ts";
import { criSocketPath, scratchRoot, startContainerRuntime, startControlPlane } from "../../../src/embedded/index.ts";
import { grpcCall } from "../../../src/grpc/call.ts";
import { grpcChannel } from "../../../src/grpc/channel.ts";
import { unixTarget } from "../../../src/grpc/dial.ts";
import { defined } from "../../../src/values/defined.ts";
import { programCopy } from "../join/program-copy.ts";
import { type MeasuredRun, measured } from "./measured-program.ts";

const isRoot = process.getuid?.() === 0;
/** "nobody": root would have to run the programs of the machine in a chroot. */
const uid = isRoot ? 65534 : undefined;
/** For node:child_process. */
export const programUser: { readonly uid?: number } = uid === undefined ? {} : { uid };

export interface HugeMachine extends AsyncDisposable {
  readonly controlPlane: ControlPlane;
  write(path: string, content: string): void;
  /** The manifest of a static Pod, with these lines more in its metadata. */
  podText(name: string, metadata: string): string;
  /** Makes a file of this many bytes that ends in the text, and has no content before it. */
  writeLong(path: string, size: number, end: string): void;
  /** Fills a directory with this many empty files. */
  fill(directory: string, names: number, name: (index: number) => string): void;
  link(path: string, target: string): void;
  /** Runs `kubeadm doctor` with these arguments. */
  doctor(...args: readonly string[]): Promise<MeasuredRun>;
  /** The command line that runs the program with these arguments, as `programUser`. */
  argv(args: readonly string[]): readonly [string, ...string[]];
}

export const staticPodNames = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;

export interface HugeMachineOptions {
  /** In its container runtime. */
  readonly pods: number;
  /** Of its API server; this program's by default. */
  readonly version?: string;
}

/** A control plane that works as far as its sizes allow, with as many Pods in its container runtime. */
export async function hugeMachine({ pods, version }: HugeMachineOptions): Promise<HugeMachine> {
  await using stack = new AsyncDisposableStack();
  const program = stack.use(programCopy()).path;
  const controlPlane = await startControlPlane({
    encryptionAlgorithm: "ECDSA-P256",
    ...defined({ version }),
    stoppedControllers: [
      "tokencleaner",
      "csrapproving",
      "csrsigning",
      "garbagecollector",
      "namespace",
      "nodeipam",
      "job",
    ],
  });
  stack.defer(() => controlPlane.close());
  const root = stack.use(scratchRoot({ hostname: "cp1" }));
  const socket = root.inside(criSocketPath);
  const image = "example.com/component:1";
  stack.use(
    await startContainerRuntime(socket, {
      podSandboxes: Array.from({ length: pods }, (_, index) => `p${index}`),
      images: [image],
      root: root.path,
      programs: Object.fromEntries(staticPodNames.map((name) => [name, async () => 1])),
    }),
  );
  chmodSync(socket, 0o666);
  await startStaticPods(socket, image);
  const write = (path: string, content: string) => {
    mkdirSync(dirname(root.inside(path)), { recursive: true });
    writeFileSync(root.inside(path), content, { mode: 0o644 });
  };
  const { port } = new URL(controlPlane.url);
  const podOf = (name: string, metadata = "") => podText({ name, image, port, metadata });
  for (const name of staticPodNames) write(manifest(name), podOf(name));
  write("/etc/kubernetes/admin.conf", controlPlane.adminKubeconfig);
  const node = { commonName: "system:node:cp1", organizations: ["system:nodes"] };
  write("/etc/kubernetes/kubelet.conf", await controlPlane.createKubeconfig(node));
  write("/etc/kubernetes/pki/ca.crt", controlPlane.caCertificatePem);
  write("/var/lib/kubelet/config.yaml", kubeletConfiguration);
  write("/var/lib/kubelet/kubeadm-flags.env", 'KUBELET_KUBEADM_ARGS="--hostname-override=cp1"\n');
  const argv = (args: readonly string[]): readonly [string, ...string[]] => {
    if (uid !== undefined) for (const entry of ["", "/etc", "/var", "/run"]) chownSync(root.inside(entry), uid, uid);
    return [program, "--rootfs", root.path, ...args];
  };
  const kept = stack.move();
  return {
    controlPlane,
    write,
    podText: podOf,
    writeLong: (path, size, end) => {
      write(path, "");
      truncateSync(root.inside(path), size - end.length);
      writeFileSync(root.inside(path), end, { flag: "a" });
    },
    fill: (directory, names, name) => {
      mkdirSync(root.inside(directory), { recursive: true });
      for (let index = 0; index < names; index += 1) {
        closeSync(openSync(root.inside(`${directory}/${name(index)}`), "w"));
      }
    },
    link: (path, target) => {
      mkdirSync(dirname(root.inside(path)), { recursive: true });
      symlinkSync(target, root.inside(path));
    },
    doctor: (...args) => measured(argv(["doctor", ...args]), programUser),
    argv,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

export const manifest = (name: string) => `/etc/kubernetes/manifests/${name}.yaml`;
export const componentLog = (name: string) => `/var/log/pods/kube-system_${name}-cp1_u/${name}/0.log`;
export const logLine = (text: string) => `2026-01-02T03:04:05.000000006Z stderr F ${text}\n`;

/** Lines of a YAML mapping. */
export function keys(count: number, indent = ""): string {
  return Array.from({ length: count }, (_, index) => `${indent}k${index}: v\n`).join("");
}

export const kubeletConfiguration = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: systemd
staticPodPath: /etc/kubernetes/manifests
`;

function podText({ name, image, port, metadata }: Readonly<Record<"name" | "image" | "port" | "metadata", string>>) {
  return `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  namespace: kube-system
${metadata}spec:
  containers:
  - name: ${name}
    image: ${image}
    command:
    - ${name}
    - --advertise-address=127.0.0.1
    - --secure-port=${port}
`;
}

/** Runs one container of each component, which ends with an error. */
async function startStaticPods(socket: string, image: string): Promise<void> {
  const channel = grpcChannel(unixTarget(socket));
  const options = { signal: new AbortController().signal, timeoutMs: 20_000 };
  try {
    for (const name of staticPodNames) {
      const metadata = { name: `${name}-cp1`, namespace: "kube-system", uid: "u", attempt: 0 };
      const logDirectory = dirname(dirname(componentLog(name)));
      const config = { metadata, logDirectory };
      const { podSandboxId } = await grpcCall(channel, podMethods.runPodSandbox, { config }, options);
      const container = {
        metadata: { name, attempt: 0 },
        image: { image },
        command: [name],
        args: [],
        envs: [],
        mounts: [],
        logPath: `${name}/0.log`,
      };
      const created = await grpcCall(channel, podMethods.createContainer, { podSandboxId, config: container }, options);
      await grpcCall(channel, podMethods.startContainer, { containerId: created.containerId }, options);
    }
  } finally {
    channel.close();
  }
}

type Resource = (typeof resources)[keyof typeof resources];

/** Stores this many objects. */
export function store(
  { storage }: ControlPlane,
  resource: Resource,
  count: number,
  object: (index: number) => object,
): void {
  for (let index = 0; index < count; index += 1) storage.create(resource, object(index) as StoredObject);
}
