import type { KubernetesObject } from "../../../cluster/cluster.ts";
import type { PolicyRule, RoleBindingObject, RoleObject, Subject } from "../../../cluster/rbac-resources.ts";
import { type ShellCommand, shell } from "../../../values/shell.ts";
import { bootstrapPolicy } from "../../cluster-objects/bootstrap-policy.ts";
import { clusterInfoReaders } from "../../cluster-objects/cluster-info.ts";
import type { DesiredObject } from "../../cluster-objects/desired-object.ts";
import { kubeadmConfigReaders, kubeletConfigReaders } from "../../cluster-objects/upload-configuration.ts";
import { type DoctorFinding, found, skipped } from "../check.ts";
import { uploadKubeletConfigAgain } from "../component-commands.ts";
import { type Answer, unreadReason } from "../facts/answer.ts";
import { ask } from "../facts/cluster-access.ts";
import { initPhaseAgain } from "../suggested-commands.ts";
import { onControlPlane } from "./on-control-plane.ts";

/** What a set of permissions is for, and the commands that restore it. */
interface Permissions {
  readonly objects: readonly DesiredObject[];
  readonly purpose: string;
  readonly commands: readonly ShellCommand[];
}

const bootstrap = [shell`kubeadm init phase bootstrap-token`];

const purposes: Readonly<Record<(typeof bootstrapPolicy)[number]["right"], string>> = {
  "get-nodes": "joining machines cannot check whether their name is taken",
  "post-csrs": "joining machines cannot request a certificate",
  "approve-csrs": "nothing approves the certificates of joining machines",
  "rotate-certificates": "nothing approves the next certificates of the kubelets",
  "kubelet-api": "the API server may not access the kubelets' API (logs, exec)",
};

const wanted: readonly Permissions[] = [
  ...bootstrapPolicy.map(({ right, objects }) => ({ objects, purpose: purposes[right], commands: bootstrap })),
  { objects: clusterInfoReaders, purpose: "joining machines cannot read cluster-info", commands: bootstrap },
  {
    objects: kubeadmConfigReaders,
    purpose: "joining machines cannot read the cluster's configuration",
    commands: initPhaseAgain("upload-config kubeadm"),
  },
  {
    objects: kubeletConfigReaders,
    purpose: "joining machines cannot read the kubelets' configuration",
    commands: uploadKubeletConfigAgain(),
  },
];

export const joinPermissions = onControlPlane({
  name: "join-permissions",
  title: "Joining machines have the permissions they need (RBAC)",
  after: ["kube-apiserver-health"],
  look: async (_plane, examination) => {
    const looks = await Promise.all(
      wanted.flatMap((permissions) =>
        permissions.objects.map(async (desired) => {
          const name = desired.object.metadata?.name ?? "";
          const { namespace } = desired.object.metadata ?? {};
          const reference = namespace === undefined ? { name } : { namespace, name };
          const answer = await ask(examination, (cluster, options) => cluster.get(desired.type, reference, options));
          return { permissions, desired, answer };
        }),
      ),
    );
    const hidden = looks.find(({ answer }) => answer.state === "unseen");
    const findings = looks.flatMap(({ permissions, desired, answer }) => findingOf(permissions, desired, answer));
    if (findings.length === 0 && hidden !== undefined) return skipped(unreadReason(hidden.answer));
    return found(findings, `${looks.length} roles and bindings`);
  },
});

function findingOf(
  { purpose, commands }: Permissions,
  { type, object }: DesiredObject,
  answer: Answer<KubernetesObject>,
): readonly DoctorFinding[] {
  if (answer.state === "unseen") return [];
  const problem = answer.state === "missing" ? "is missing" : problemOf(object, answer.value);
  if (problem === undefined) return [];
  const { namespace, name = "" } = object.metadata ?? {};
  const title = `The ${type.kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
  return [{ severity: "warning", finding: `${title} ${problem}: ${purpose}.`, commands }];
}

/** Returns what the object lacks; an administrator may have added to it. */
function problemOf(desired: KubernetesObject, present: KubernetesObject): string | undefined {
  if ("roleRef" in desired) {
    const [own, other] = [desired as RoleBindingObject, present as Partial<RoleBindingObject>];
    if (other.roleRef?.name !== own.roleRef.name)
      return `binds ${other.roleRef?.name ?? "no role"}, not ${own.roleRef.name}`;
    const missing = own.subjects.find((subject) => !(other.subjects ?? []).some((each) => isSame(each, subject)));
    return missing === undefined ? undefined : `does not name the ${missing.kind} ${missing.name}`;
  }
  const rules = (present as Partial<RoleObject>).rules ?? [];
  const lacking = (desired as RoleObject).rules.find((rule) => !rules.some((each) => includesRule(each, rule)));
  if (lacking === undefined) return undefined;
  return `does not allow ${lacking.verbs.join(", ")} on ${[...lacking.resources, ...(lacking.resourceNames ?? [])].join(" ")}`;
}

function isSame(left: Subject, right: Subject): boolean {
  return left.kind === right.kind && left.name === right.name;
}

function includesRule(present: PolicyRule, wanted: PolicyRule): boolean {
  const has = (list: readonly string[] | undefined, each: string) =>
    list?.includes("*") === true || list?.includes(each) === true;
  const { resourceNames = [] } = present;
  return (
    wanted.verbs.every((verb) => has(present.verbs, verb)) &&
    wanted.resources.every((resource) => has(present.resources, resource)) &&
    wanted.apiGroups.every((group) => has(present.apiGroups, group)) &&
    (resourceNames.length === 0 || (wanted.resourceNames ?? []).every((name) => resourceNames.includes(name)))
  );
}
