import { NetworkError } from "../../../host/host.ts";
import { shellWord } from "../../../values/shell-word.ts";
import { readComponentEndpoints } from "../../control-plane/component-endpoints.ts";
import { type CheckOutcome, type DoctorCheck, failed } from "../check.ts";
import type { Examination } from "../examination.ts";
import { localApiEndpoint } from "../facts/control-plane.ts";
import { lastLines } from "../facts/static-pods.ts";
import { onControlPlane } from "./on-control-plane.ts";
import { outcomeOf } from "./static-pods.ts";

/** Milliseconds for a request to this machine. */
const probeMs = 1_500;

function controller(component: "kube-controller-manager" | "kube-scheduler", title: string): DoctorCheck {
  return onControlPlane({
    name: component,
    title,
    after: [
      "runtime-answers",
      "runtime-ready",
      "kubelet-enabled",
      "kubelet-running",
      "static-pod-manifests",
      "own-addresses",
      "control-plane-certificates",
      "control-plane-cas",
      "kube-apiserver-pod",
      "kube-apiserver-health",
    ],
    look: async ({ manifests }, examination) => {
      const health = manifests[component].state === "loaded" ? healthOf(component, examination) : undefined;
      // Whoever awaits it gets its failure; at the deadline of the check nobody does.
      health?.catch(() => undefined);
      const problem = async () => (await health)?.problem;
      const pod = await outcomeOf(component, async () => (await problem()) === undefined, examination);
      const unhealthy = await problem();
      // A Pod that runs may still not work.
      if (pod.state === "found" || unhealthy === undefined) return pod;
      return unhealthyOutcome(component, unhealthy, examination);
    },
  });
}

export const controllerManager = controller("kube-controller-manager", "The controller manager runs and is healthy");
export const scheduler = controller("kube-scheduler", "The scheduler runs and is healthy");

interface Health {
  /** Undefined if it is healthy. */
  readonly problem?: { readonly url: string; readonly what: string };
}

async function healthOf(
  component: "kube-controller-manager" | "kube-scheduler",
  { files, network, once, signal }: Examination,
): Promise<Health> {
  const place = (await once(localApiEndpoint)) ?? { advertiseAddress: "127.0.0.1", bindPort: 6443 };
  const [endpoint] = await readComponentEndpoints([component], { localAPIEndpoint: place }, files);
  if (endpoint === undefined) return {};
  const { url } = endpoint;
  try {
    const { status, body } = await network.probe(url, { signal, timeoutMs: probeMs });
    if (status === 200) return {};
    return {
      problem: { url, what: `it answers with status ${status}${body.trim() === "" ? "" : `: ${body.trim()}`}` },
    };
  } catch (error) {
    if (error instanceof NetworkError) return { problem: { url, what: error.message } };
    throw error;
  }
}

async function unhealthyOutcome(
  component: "kube-controller-manager" | "kube-scheduler",
  { url, what }: NonNullable<Health["problem"]>,
  examination: Examination,
): Promise<CheckOutcome> {
  return failed(`${component} is not healthy at ${url}: ${what}.`, {
    evidence: await lastLines(component, examination),
    commands: [`curl -k ${shellWord(url)}`, `crictl logs "$(crictl ps -aq --name ${component} | head -n 1)"`],
  });
}
