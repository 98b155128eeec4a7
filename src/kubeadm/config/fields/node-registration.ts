import type { Events } from "../../../events/events.ts";
import type { Machine, Network } from "../../../host/host.ts";
import { subdomainProblems } from "../../../kubernetes/dns-name.ts";
import { controlPlaneTaint, type Taint } from "../../../kubernetes/taint.ts";
import { defined } from "../../../values/defined.ts";
import { type FieldError, invalidConfiguration, invalidValue } from "../documents/field-error.ts";
import { defaultCriSocket, detectCriSocket, validateCriSocket, withSocketScheme } from "./cri-socket.ts";
import { nodeNameFrom } from "./node-name.ts";

/** `--name=value`; a name may occur several times. */
export interface Arg {
  readonly name: string;
  readonly value: string;
  /** How it is merged with the component's own argument of this name; undefined if it replaces that. */
  readonly mergeMethod?: string;
}

const mergeMethods: readonly string[] = ["append", "prepend"];

/** Returns what becomes of a value that an argument of the user's replaces or extends. */
export function mergedValue(base: string, { value, mergeMethod }: Arg): string {
  if (mergeMethod === "append") return base + value;
  return mergeMethod === "prepend" ? value + base : value;
}

/** Settings of the machine as a Node. */
export interface NodeRegistration {
  readonly name: string;
  readonly criSocket: string;
  /** Undefined if unset, which means none for a worker. */
  readonly taints?: readonly Taint[];
  readonly kubeletExtraArgs: readonly Arg[];
  readonly ignorePreflightErrors: readonly string[];
  readonly imagePullPolicy: string;
  readonly imagePullSerial: boolean;
}

export const imagePullPolicies = ["Always", "IfNotPresent", "Never"] as const;

export interface NodeDefaultingPorts {
  readonly network: Pick<Network, "canConnect">;
  readonly machine: Pick<Machine, "hostname">;
  readonly events: Events;
  readonly signal: AbortSignal;
}

export interface NodeDefaultingOptions {
  /** The node becomes a control plane: if no taints are set, it gets the control-plane taint. */
  readonly controlPlane: boolean;
  /** If false, containerd's default socket is used, as in commands without --cri-socket. */
  readonly detectsCriSocket: boolean;
}

/** Returns the registration with the defaults that depend on this machine. */
export async function defaultNodeRegistration(
  registration: NodeRegistration,
  options: NodeDefaultingOptions,
  ports: NodeDefaultingPorts,
): Promise<NodeRegistration> {
  const name = nodeNameFrom(registration.name === "" ? ports.machine.hostname : registration.name);
  const taints = registration.taints ?? (options.controlPlane ? [controlPlaneTaint] : undefined);
  const criSocket = await criSocketOf(registration.criSocket, options, ports);
  return { ...registration, name, criSocket, ...defined({ taints }) };
}

async function criSocketOf(configured: string, options: NodeDefaultingOptions, ports: NodeDefaultingPorts) {
  if (configured !== "") return withSocketScheme(configured, ports.events);
  if (options.detectsCriSocket) return detectCriSocket(ports.network, ports);
  ports.events.emit("log", {
    level: 4,
    message: `skip CRI socket detection, fill with the default CRI socket ${defaultCriSocket}`,
  });
  return defaultCriSocket;
}

export function validateNodeRegistration(registration: NodeRegistration, path: string): readonly FieldError[] {
  const { name, criSocket, kubeletExtraArgs, imagePullPolicy } = registration;
  return [
    ...subdomainProblems(name).map((problem) => invalidValue(`${path}.name`, name, problem)),
    ...validateCriSocket(criSocket, `${path}.criSocket`),
    ...validateArgs(kubeletExtraArgs, `${path}.kubeletExtraArgs`),
    ...validateImagePullPolicy(imagePullPolicy, `${path}.imagePullPolicy`),
  ];
}

export function validateArgs(args: readonly Arg[], path: string): readonly FieldError[] {
  return args.flatMap(({ name, mergeMethod }, index) => [
    ...(name === "" ? [invalidValue(path, `index ${index}`, "argument has no name")] : []),
    ...(mergeMethod === undefined || mergeMethods.includes(mergeMethod)
      ? []
      : [invalidValue(path, `index ${index}`, "argument has an invalid merge method")]),
  ]);
}

export function validateImagePullPolicy(policy: string, path: string): readonly FieldError[] {
  const isKnown = policy === "" || (imagePullPolicies as readonly string[]).includes(policy);
  return isKnown ? [] : [invalidValue(path, policy, "invalid pull policy")];
}

/** Returns the last value of an argument, which is the one that components use; undefined if it is not set. */
export function lastValue(args: readonly Arg[], name: string): string | undefined {
  return lastArgument(args, name)?.value;
}

export function lastArgument(args: readonly Arg[], name: string): Arg | undefined {
  return args.findLast((arg) => arg.name === name);
}

/**
 * `--node-name` wins over the file. Upstream uses the flag's raw text after validation; here it gets the form that was
 * validated, because a Node's name has no upper case.
 */
export function withNodeName<T extends { readonly nodeRegistration: NodeRegistration }>(
  configuration: T,
  nodeName: string,
): T {
  const name = nodeNameFrom(nodeName);
  const problems = subdomainProblems(name).map((problem) => invalidValue("nodeRegistration.name", name, problem));
  if (problems.length > 0) throw invalidConfiguration(problems);
  return { ...configuration, nodeRegistration: { ...configuration.nodeRegistration, name } };
}
