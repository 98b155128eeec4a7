import type { JsonObject } from "../../values/json.ts";
import { schedulerPort } from "../component-ports.ts";
import { lastValue } from "../config/fields/node-registration.ts";
import { minorOf } from "../config/fields/removed-gates.ts";
import { componentImage } from "../images/control-plane-images.ts";
import { schedulerKubeconfigPath } from "../paths.ts";
import { argumentsFrom, componentCommand } from "./component-arguments.ts";
import { containerEnvironment } from "./component-environment.ts";
import type { ControlPlaneNode } from "./control-plane-node.ts";
import { schedulerMounts } from "./host-path-mounts.ts";
import type { PodSurroundings } from "./pod-surroundings.ts";
import { probeHost, staticPod } from "./static-pod.ts";

export function schedulerPod({ cluster, timeouts }: ControlPlaneNode, surroundings: PodSurroundings): JsonObject {
  const { extraArgs, extraEnvs } = cluster.scheduler;
  const own = argumentsFrom({
    "authentication-kubeconfig": schedulerKubeconfigPath,
    "authorization-kubeconfig": schedulerKubeconfigPath,
    "bind-address": "127.0.0.1",
    kubeconfig: schedulerKubeconfigPath,
    "leader-elect": "true",
  });
  return staticPod(
    {
      name: "kube-scheduler",
      image: componentImage(cluster, "kube-scheduler"),
      command: componentCommand("kube-scheduler", own, extraArgs, {
        sortsAll: minorOf(cluster).rules.sortsAllArguments,
      }),
      environment: containerEnvironment(surroundings.proxyVariables, extraEnvs),
      mounts: schedulerMounts(cluster),
      requests: { cpu: "100m" },
      probes: {
        scheme: "HTTPS",
        host: probeHost(lastValue(extraArgs, "bind-address") ?? "127.0.0.1"),
        port: schedulerPort,
        liveness: "/livez",
        readiness: "/readyz",
        startup: "/livez",
      },
    },
    timeouts,
  );
}
