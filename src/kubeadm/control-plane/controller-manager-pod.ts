import type { JsonObject } from "../../values/json.ts";
import { controllerManagerPort } from "../component-ports.ts";
import type { Arg } from "../config/fields/node-registration.ts";
import { lastValue } from "../config/fields/node-registration.ts";
import { minorOf } from "../config/fields/removed-gates.ts";
import { componentImage } from "../images/control-plane-images.ts";
import { controllerManagerKubeconfigPath } from "../paths.ts";
import { argumentsFrom, componentCommand } from "./component-arguments.ts";
import { containerEnvironment } from "./component-environment.ts";
import type { ControlPlaneNode } from "./control-plane-node.ts";
import { controllerManagerMounts } from "./host-path-mounts.ts";
import type { PodSurroundings } from "./pod-surroundings.ts";
import { probeHost, staticPod } from "./static-pod.ts";

export function controllerManagerPod(node: ControlPlaneNode, surroundings: PodSurroundings): JsonObject {
  const { cluster, timeouts } = node;
  const { extraArgs, extraEnvs } = cluster.controllerManager;
  return staticPod(
    {
      name: "kube-controller-manager",
      image: componentImage(cluster, "kube-controller-manager"),
      command: componentCommand("kube-controller-manager", controllerManagerArguments(node, surroundings), extraArgs, {
        sortsAll: minorOf(cluster).rules.sortsAllArguments,
      }),
      environment: containerEnvironment(surroundings.proxyVariables, extraEnvs),
      mounts: controllerManagerMounts(cluster, surroundings.directories),
      requests: { cpu: "200m" },
      probes: {
        scheme: "HTTPS",
        host: probeHost(lastValue(extraArgs, "bind-address") ?? "127.0.0.1"),
        port: controllerManagerPort,
        liveness: "/healthz",
        startup: "/healthz",
      },
    },
    timeouts,
  );
}

function controllerManagerArguments(
  { cluster }: ControlPlaneNode,
  { hasExternalAuthority }: PodSurroundings,
): readonly Arg[] {
  const { certificatesDir, clusterName, networking } = cluster;
  const kubeconfig = controllerManagerKubeconfigPath;
  return argumentsFrom({
    "authentication-kubeconfig": kubeconfig,
    "authorization-kubeconfig": kubeconfig,
    "bind-address": "127.0.0.1",
    "client-ca-file": `${certificatesDir}/ca.crt`,
    "cluster-name": clusterName,
    // Set to "" rather than omitted: the component's default is a file that does not exist.
    "cluster-signing-cert-file": hasExternalAuthority ? "" : `${certificatesDir}/ca.crt`,
    "cluster-signing-key-file": hasExternalAuthority ? "" : `${certificatesDir}/ca.key`,
    controllers: "*,bootstrapsigner,tokencleaner",
    kubeconfig,
    "leader-elect": "true",
    "requestheader-client-ca-file": `${certificatesDir}/front-proxy-ca.crt`,
    "root-ca-file": `${certificatesDir}/ca.crt`,
    "service-account-private-key-file": `${certificatesDir}/sa.key`,
    "use-service-account-credentials": "true",
    ...(networking.podSubnet === ""
      ? {}
      : {
          "allocate-node-cidrs": "true",
          "cluster-cidr": networking.podSubnet,
          ...(networking.serviceSubnet === "" ? {} : { "service-cluster-ip-range": networking.serviceSubnet }),
        }),
  });
}
