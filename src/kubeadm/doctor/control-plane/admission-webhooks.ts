import {
  type AdmissionWebhook,
  endpointSlices,
  type LabelSelector,
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
  type WebhookConfiguration,
  type WebhookRule,
} from "../../../cluster/admission-resources.ts";
import type { ResourceType } from "../../../cluster/cluster.ts";
import { services } from "../../../cluster/workload-resources.ts";
import { choice } from "../../../errors/decision.ts";
import { counted } from "../../../values/counted.ts";
import { type ShellCommand, shell } from "../../../values/shell.ts";
import { type DoctorFinding, found, skipped } from "../check.ts";
import type { Examination } from "../examination.ts";
import { unreadReason } from "../facts/answer.ts";
import { ask } from "../facts/cluster-access.ts";
import { askServer } from "../suggested-commands.ts";
import { onControlPlane } from "./on-control-plane.ts";

/** Each takes two requests. */
const mostGuards = 40;

const kinds = [mutatingWebhookConfigurations, validatingWebhookConfigurations] as const;

export const admissionWebhooks = onControlPlane({
  name: "admission-webhooks",
  title: "Admission webhooks that the cluster depends on respond",
  after: ["kube-apiserver-health", "kube-controller-manager", "kube-scheduler"],
  look: async (_plane, examination) => {
    const answers = await Promise.all(
      kinds.map((type) => ask(examination, (cluster, options) => cluster.list(type, options))),
    );
    const guards = answers.flatMap((answer, index) =>
      answer.state === "found" ? answer.value.flatMap((configuration) => guardsIn(kinds[index], configuration)) : [],
    );
    if (guards.length > mostGuards) {
      examination.limits.note(`Looked at only ${mostGuards} of ${guards.length} admission webhooks.`);
    }
    const findings = await Promise.all(guards.slice(0, mostGuards).map((guard) => findingOf(guard, examination)));
    const hidden = answers.find(({ state }) => state === "unseen");
    if (guards.length === 0 && hidden !== undefined) return skipped(unreadReason(hidden));
    return found(
      findings.filter((finding) => finding !== undefined),
      guards.length === 0 ? undefined : counted(guards.length, "webhook", "webhooks"),
    );
  },
});

/** What stands still if it cannot be written: machines do not join, Nodes are not Ready, no Pod starts, nobody leads. */
const vital = [
  { group: "", plural: "nodes", name: "Nodes", namespaced: false },
  { group: "", plural: "pods", name: "Pods", namespaced: true },
  { group: "coordination.k8s.io", plural: "leases", name: "Leases", namespaced: true },
  {
    group: "certificates.k8s.io",
    plural: "certificatesigningrequests",
    name: "CertificateSigningRequests",
    namespaced: false,
  },
] as const;

type Vital = (typeof vital)[number];

/** A webhook without whose consent something vital cannot be written. */
interface Guard {
  readonly kind: string;
  readonly plural: string;
  readonly configuration: string;
  readonly index: number;
  readonly webhook: AdmissionWebhook;
  readonly concerns: readonly Vital[];
}

function guardsIn(
  type: ResourceType<WebhookConfiguration> | undefined,
  { metadata, webhooks = [] }: WebhookConfiguration,
): readonly Guard[] {
  if (type === undefined) return [];
  return webhooks.flatMap((webhook, index): readonly Guard[] => {
    if ((webhook.failurePolicy ?? "Fail") !== "Fail") return [];
    const concerns = vital.filter((each) => (webhook.rules ?? []).some((rule) => concernsWrites(rule, each)));
    if (concerns.length === 0) return [];
    return [{ kind: type.kind, plural: type.plural, configuration: metadata?.name ?? "", index, webhook, concerns }];
  });
}

const writes: readonly string[] = ["*", "CREATE", "UPDATE"];
/** Subresources that the kubelet, the scheduler or the controller manager writes. */
const vitalSubresources: readonly (string | undefined)[] = [undefined, "*", "status", "binding", "approval"];

function concernsWrites({ apiGroups = [], operations = [], resources = [] }: WebhookRule, { group, plural }: Vital) {
  if (!apiGroups.some((each) => each === "*" || each === group)) return false;
  if (!operations.some((each) => writes.includes(each))) return false;
  return resources.some((each) => {
    const [resource, subresource] = each.split("/", 2);
    return (resource === "*" || resource === plural) && vitalSubresources.includes(subresource);
  });
}

async function findingOf(guard: Guard, examination: Examination): Promise<DoctorFinding | undefined> {
  const problem = await problemOf(guard.webhook, examination);
  if (problem === undefined) return undefined;
  const { kind, plural, configuration, index, webhook, concerns } = guard;
  const names = concerns.map(({ name }) => name);
  const what = names.length === 1 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  const limits = limitsOf(webhook, concerns);
  const patch = [
    { op: "test", path: `/webhooks/${index}/name`, value: webhook.name },
    { op: "replace", path: `/webhooks/${index}/failurePolicy`, value: "Ignore" },
  ];
  return {
    // If it is called for everything, it also blocks the Pods that would run it.
    severity: limits.length === 0 ? "error" : "warning",
    finding: `The API server refuses to write ${what}${limits.length === 0 ? "" : ` that match ${limits.join(" and ")}`}: it must call the webhook ${webhook.name} first (failurePolicy Fail), and ${problem.what}.`,
    evidence: [`${kind} ${configuration}, webhook ${webhook.name}: ${problem.evidence}`],
    remedy: "Restore the server behind the webhook.",
    commands: problem.commands,
    decision: choice(
      `If it cannot start because of the webhook itself, \`${shell`kubectl patch ${plural} ${configuration} --type=json -p ${JSON.stringify(patch)}`}\` lets the API server ignore its failures. Until failurePolicy is Fail again, nothing enforces the webhook's rules.`,
    ),
  };
}

/** Returns what keeps a webhook from being asked about everything. */
function limitsOf(
  { namespaceSelector, objectSelector, matchConditions = [] }: AdmissionWebhook,
  concerns: readonly Vital[],
): readonly string[] {
  // Objects without a namespace are not selected by one.
  const isByNamespace = isLimit(namespaceSelector) && concerns.every(({ namespaced }) => namespaced);
  return [
    ...(isByNamespace ? ["its namespaceSelector"] : []),
    ...(isLimit(objectSelector) ? ["its objectSelector"] : []),
    ...(matchConditions.length > 0 ? ["its matchConditions"] : []),
  ];
}

function isLimit(selector: LabelSelector | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length > 0 || (selector?.matchExpressions ?? []).length > 0;
}

interface WebhookProblem {
  /** Ends the sentence "it has to ask the webhook first, and …". */
  readonly what: string;
  readonly evidence: string;
  /** They show more. */
  readonly commands: readonly ShellCommand[];
}

/** Returns why a webhook cannot answer; undefined if it can, or if that cannot be seen. */
async function problemOf(
  { clientConfig = {} }: AdmissionWebhook,
  examination: Examination,
): Promise<WebhookProblem | undefined> {
  const { service, url } = clientConfig;
  if (service !== undefined) return serviceProblem(service, examination);
  if (url === undefined || !URL.canParse(url)) return undefined;
  // The API server of this machine has the machine's network.
  const reached = (await examination.inspectServer(url, examination.signal))?.reached ?? "nothing";
  if (reached === "tls") return undefined;
  const how = reached === "nothing" ? "nothing responds" : "no TLS server responds";
  return { what: `${how} at its address ${url}`, evidence: url, commands: [askServer(url)] };
}

async function serviceProblem(
  { namespace = "", name = "" }: { readonly namespace?: string; readonly name?: string },
  examination: Examination,
): Promise<WebhookProblem | undefined> {
  const labelSelector = `kubernetes.io/service-name=${name}`;
  const [service, slices] = await Promise.all([
    ask(examination, (cluster, options) => cluster.get(services, { namespace, name }, options)),
    ask(examination, (cluster, options) => cluster.list(endpointSlices, { ...options, namespace, labelSelector })),
  ]);
  const shown = `${namespace}/${name}`;
  const pods = shell`kubectl -n ${namespace} get pods -o wide`;
  if (service.state === "missing") {
    return { what: `its Service ${shown} does not exist`, evidence: `no Service ${shown}`, commands: [pods] };
  }
  // The name that it stands for may lead anywhere.
  if (service.state !== "found" || slices.state !== "found" || service.value.spec["type"] === "ExternalName") {
    return undefined;
  }
  const endpoints = slices.value.flatMap((slice) => slice.endpoints ?? []);
  if (endpoints.some(({ addresses = [], conditions }) => addresses.length > 0 && conditions?.ready !== false)) {
    return undefined;
  }
  return {
    what: `its Service ${shown} has no endpoint that is ready`,
    evidence: `Service ${shown}: 0 of ${counted(endpoints.length, "endpoint", "endpoints")} ready`,
    commands: [pods],
  };
}
