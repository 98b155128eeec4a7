import type { Events } from "../../events/events.ts";
import { defined } from "../../values/defined.ts";
import type { Phase } from "../../workflow/phase.ts";
import type { CommandSpec, GlobalValues, Invocation } from "../command.ts";
import type { Flags, ValuesOf } from "../flag.ts";
import type { Ports } from "../ports.ts";
import { outputFlag, runSession } from "../session.ts";
import { initFlags, initPhaseFlags } from "./init-flags.ts";
import { initSummary } from "./init-summary.ts";
import { phaseCommands, phaseLines } from "./phase-commands.ts";

export type InitFlagValues = ValuesOf<typeof initFlags & typeof initPhaseFlags>;

/** What the command line asks of an init. */
export interface InitRequest {
  /** A flag is missing where the command (one phase's, for example) does not have it. */
  readonly flags: Partial<InitFlagValues>;
  /** Names of the flags that stand on the command line, global ones included. */
  readonly changed: ReadonlySet<string>;
  readonly global: GlobalValues;
  /** Full name of the phase that is to run alone, together with its children. */
  readonly only?: string;
}

/** What an init runs with. */
export interface InitSession {
  readonly events: Events;
  readonly ports: Ports;
}

export interface InitWorkflow<Context> {
  readonly phases: readonly Phase<Context>[];
  run(request: InitRequest, session: InitSession): Promise<void>;
}

/** `init` with its `phase` commands, all made from the workflow's phases. */
export function initCommand<Context>(workflow: InitWorkflow<Context>): CommandSpec {
  const run = (invocation: Invocation<Flags>, only?: string) =>
    runSession(invocation, (events) => workflow.run(requestOf(invocation, only), { events, ports: invocation.ports }));
  return {
    ...initSummary,
    long: initDescription,
    args: { kind: "none" },
    flags: { ...initFlags, ...outputFlag },
    phases: phaseLines(workflow.phases),
    commands: [
      phaseCommands({
        parent: initSummary.name,
        argument: "",
        phases: workflow.phases,
        flags: { ...initFlags, ...initPhaseFlags },
        flagGroups: {},
        commonFlags: outputFlag,
        run: (only, invocation) => run(invocation, only),
      }),
    ],
    run: (invocation) => run(invocation),
  };
}

function requestOf({ flags, changed, global }: Invocation<Flags>, only: string | undefined): InitRequest {
  return {
    // Dispatch made these values from the very specs in initFlags and initPhaseFlags.
    flags: flags as Partial<InitFlagValues>,
    changed,
    global,
    ...defined({ only }),
  };
}

const initDescription = `Makes this machine the first control plane of a new Kubernetes cluster.

It needs a container runtime, the kubelet, and the images that "kubeadm config images list" names. A cluster that is to have several control planes needs --control-plane-endpoint from the beginning: an address that leads to all of them, such as that of a load balancer.

At the end stand the commands that join other machines. Pods get a network by an addon of your choice, which is the next thing to install.`;
