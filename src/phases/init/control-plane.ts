import type { ControlPlaneComponentName } from "../../kubeadm/control-plane/write-component-manifests.ts";
import { manifestPath } from "../../kubeadm/control-plane/write-manifest.ts";
import { manifestsDirectory } from "../../kubeadm/paths.ts";
import type { Phase } from "../../workflow/phase.ts";
import { patches } from "../patches.ts";
import { writeManifestsIn } from "../write-manifests.ts";
import { defineInitPhase, type InitContext } from "./context.ts";
import { controlPlaneNode } from "./facts.ts";

interface ComponentPhase {
  readonly name: string;
  readonly component: ControlPlaneComponentName;
  readonly flags: readonly string[];
}

function componentPhase({ name, component, flags }: ComponentPhase): Phase<InitContext> {
  return defineInitPhase({
    name,
    summary: `Generates the ${component} static Pod manifest`,
    description: `Write the static Pod manifest of ${component} to ${manifestPath(component)}, where the kubelet finds it.`,
    flags,
    writes: [manifestPath(component)],
    reads: { node: controlPlaneNode },
    run: ({ node }, run) => writeManifestsIn(run, { node, components: [component], patches: () => run.value(patches) }),
  });
}

const commonFlags = ["cert-dir", "config", "dry-run", "image-repository", "kubernetes-version", "patches"];
const endpointFlags = [
  "apiserver-advertise-address",
  "apiserver-bind-port",
  "control-plane-endpoint",
  "feature-gates",
  "service-cidr",
];

/** Prints the directory, then writes the manifests one by one. */
export const controlPlane: Phase<InitContext> = {
  ...defineInitPhase({
    name: "control-plane",
    summary: "Generate all static Pod manifest files necessary to establish the control plane",
    all: {
      summary: "Generate all static Pod manifest files",
      example: `  # Write the static Pod manifests of all control plane components
  kubeadm init phase control-plane all

  # Do the same with a configuration file
  kubeadm init phase control-plane all --config config.yaml`,
    },
    flags: [
      ...commonFlags,
      ...endpointFlags,
      "pod-network-cidr",
      "apiserver-extra-args",
      "controller-manager-extra-args",
      "scheduler-extra-args",
    ],
    reads: {},
    async run(_values, run) {
      run.events.emit("manifest.directory", { directory: manifestsDirectory });
    },
  }),
  phases: [
    componentPhase({
      name: "apiserver",
      component: "kube-apiserver",
      flags: [...commonFlags, ...endpointFlags, "apiserver-extra-args"],
    }),
    componentPhase({
      name: "controller-manager",
      component: "kube-controller-manager",
      flags: [...commonFlags, "pod-network-cidr", "controller-manager-extra-args"],
    }),
    componentPhase({
      name: "scheduler",
      component: "kube-scheduler",
      flags: [...commonFlags, "scheduler-extra-args"],
    }),
  ],
};
