import type { Events } from "../../events/events.ts";
import { joinFlagGroups } from "../../kubeadm/apis/join-flags.ts";
import { defined } from "../../values/defined.ts";
import type { Phase } from "../../workflow/phase.ts";
import type { CommandSpec, GlobalValues, Invocation } from "../command.ts";
import type { Flags, ValuesOf } from "../flag.ts";
import type { Ports } from "../ports.ts";
import { outputFlag, runSession } from "../session.ts";
import { joinFlags } from "./join-flags.ts";
import { joinSummary } from "./join-summary.ts";
import { phaseCommands, phaseLines } from "./phase-commands.ts";

export type JoinFlagValues = ValuesOf<typeof joinFlags>;

/** What the command line asks of a join. */
export interface JoinRequest {
  /** The argument, which may be empty. */
  readonly endpoint?: string;
  /** A flag is missing where the command (one phase's, for example) does not have it. */
  readonly flags: Partial<JoinFlagValues>;
  /** Names of the flags that stand on the command line, global ones included. */
  readonly changed: ReadonlySet<string>;
  readonly global: GlobalValues;
  /** Full name of the phase that is to run alone, together with its children. */
  readonly only?: string;
}

/** What a join runs with. */
export interface JoinSession {
  readonly events: Events;
  readonly ports: Ports;
}

export interface JoinWorkflow<Context> {
  readonly phases: readonly Phase<Context>[];
  run(request: JoinRequest, session: JoinSession): Promise<void>;
}

const argument = "[api-server-endpoint]";

/** `join` with its `phase` commands, all made from the workflow's phases. */
export function joinCommand<Context>(workflow: JoinWorkflow<Context>): CommandSpec {
  const run = (invocation: Invocation<Flags>, only?: string) =>
    runSession(invocation, (events) => workflow.run(requestOf(invocation, only), { events, ports: invocation.ports }));
  return {
    ...joinSummary,
    argument,
    long: joinDescription,
    args: { kind: "at-most", count: 1 },
    flags: { ...joinFlags, ...outputFlag },
    phases: phaseLines(workflow.phases),
    commands: [
      phaseCommands({
        parent: joinSummary.name,
        argument,
        phases: workflow.phases,
        flags: joinFlags,
        flagGroups: joinFlagGroups,
        commonFlags: outputFlag,
        run: (only, invocation) => run(invocation, only),
      }),
    ],
    run: (invocation) => run(invocation),
  };
}

function requestOf({ args, flags, changed, global }: Invocation<Flags>, only: string | undefined): JoinRequest {
  const [endpoint] = args;
  return {
    ...defined({ endpoint }),
    // Dispatch made these values from the very specs in joinFlags.
    flags: flags as Partial<JoinFlagValues>,
    changed,
    global,
    ...defined({ only }),
  };
}

const joinDescription = `Makes this machine a node of an existing Kubernetes cluster.

A new node and its cluster first have to trust each other. The node must know that it talks to the cluster that is meant (discovery), and the cluster must let the node in (TLS bootstrap).

Discovery goes one of two ways. With a token and the address of an API server, the node fetches the cluster's public description from there. The token proves that the description is genuine; --discovery-token-ca-cert-hash proves besides that the cluster has the expected CA, and should always be given: "kubeadm token create --print-join-command" on a control plane prints the whole line. Without a hash, --discovery-token-unsafe-skip-ca-verification has to say that this is intended. Anybody who knows the token could then pass another cluster off as this one. The other way is --discovery-file: a kubeconfig file, on this machine or at an https URL, that came here by a trusted way. From a URL it may not name files and programs of this machine, unless --discovery-file-unsafe-local-access allows that. No argument is given then.

For the TLS bootstrap the node shows a token once, and receives a certificate of its own. This is the token of --tls-bootstrap-token, or else the discovery token; --token stands for both.`;
