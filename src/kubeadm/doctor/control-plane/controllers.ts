import { started } from "../../../async/started.ts";
import { NetworkError } from "../../../host/host.ts";
import { defaultBindPort } from "../../config/join/join-configuration.ts";
import { readComponentEndpoints } from "../../control-plane/component-endpoints.ts";
import { type CheckOutcome, type DoctorCheck, failed } from "../check.ts";
import type { Examination } from "../examination.ts";
import { localApiEndpoint } from "../facts/control-plane.ts";
import { lastLines, lostLeases } from "../facts/static-pods.ts";
import { askServer, logCommand } from "../suggested-commands.ts";
import { onControlPlane } from "./on-control-plane.ts";
import { outcomeOf } from "./static-pods.ts";

/** Milliseconds for a request to this machine. */
const probeMs = 1_500;

type Controller = "kube-controller-manager" | "kube-scheduler";

function controller(component: Controller, title: string): DoctorCheck {
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
      "etcd-pod",
      "kube-apiserver-pod",
      "kube-apiserver-health",
    ],
    look: async ({ manifests }, examination) => {
      const isLoaded = manifests[component].state === "loaded";
      // At the deadline of the check, nobody awaits it any more.
      const problem = isLoaded ? started(healthProblem(component, examination)) : undefined;
      const pod = await outcomeOf(component, async () => (await problem) === undefined, examination);
      const unhealthy = await problem;
      const lost = await examination.once(lostLeases);
      // A Pod that runs may still not work.
      if (pod.state === "found" || unhealthy === undefined || lost?.starting.includes(component) === true) return pod;
      return unhealthyOutcome(component, unhealthy, examination);
    },
  });
}

export const controllerManager = controller("kube-controller-manager", "The controller manager runs and is healthy");
export const scheduler = controller("kube-scheduler", "The scheduler runs and is healthy");

interface HealthProblem {
  readonly url: string;
  readonly what: string;
}

/** Returns what the component's health endpoint reports; undefined if it is healthy, or has no such endpoint. */
async function healthProblem(
  component: Controller,
  { files, network, once, signal }: Examination,
): Promise<HealthProblem | undefined> {
  const place = (await once(localApiEndpoint)) ?? { advertiseAddress: "127.0.0.1", bindPort: defaultBindPort };
  const [endpoint] = await readComponentEndpoints([component], { localAPIEndpoint: place }, files);
  if (endpoint === undefined) return undefined;
  const { url } = endpoint;
  try {
    const { status, body } = await network.probe(url, { signal, timeoutMs: probeMs });
    if (status === 200) return undefined;
    return { url, what: `it responds with status ${status}${body.trim() === "" ? "" : `: ${body.trim()}`}` };
  } catch (error) {
    if (error instanceof NetworkError) return { url, what: error.message };
    throw error;
  }
}

async function unhealthyOutcome(
  component: Controller,
  { url, what }: HealthProblem,
  examination: Examination,
): Promise<CheckOutcome> {
  return failed(`${component} is not healthy at ${url}: ${what}.`, {
    evidence: await lastLines(component, examination),
    remedy: `Fix the problem in the log of ${component}.`,
    commands: [askServer(url), logCommand(component)],
  });
}
