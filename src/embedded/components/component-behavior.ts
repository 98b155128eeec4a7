import { abortable } from "../../async/signal.ts";
import { localClock } from "../../host/local/clock.ts";
import { type ContainerProcess, type ContainerProgram, ProgramFailure } from "../container-program.ts";

/** How a control plane component differs from a working one. */
export interface ComponentBehavior {
  /** If set, it exits with status 1 and this log line after each start. */
  readonly exitMessage?: string;
  /** Flags that its version does not have: `["feature-gates"]`. It exits if it gets one of them. */
  readonly refusedFlags?: readonly string[];
  /**
   * By default "serve"; "refuse": it runs, and nothing listens on its ports; "fail": it listens, and is never healthy. An
   * etcd that fails has converted its data to its version, and has no leader any more.
   */
  readonly health?: "serve" | "refuse" | "fail";
}

/**
 * Behaviors by component, or by component and image tag: "kube-scheduler", "etcd:3.7.0-0". They are read at each start of a
 * container, so a test may change the object.
 */
export type ComponentBehaviors = Readonly<Record<string, ComponentBehavior | undefined>>;

/** Returns the behavior of a container's program; that of the image has precedence. */
export function behaviorOf(
  behaviors: ComponentBehaviors,
  { image }: Pick<ContainerProcess, "image">,
): ComponentBehavior {
  const name = image.replace(/^.*\//, "");
  return behaviors[name] ?? behaviors[name.replace(/:.*$/, "")] ?? {};
}

/** Returns a program that behaves as `behaviors` say, `startDelayMs` after its start. */
export function behaving(
  program: ContainerProgram,
  behaviors: ComponentBehaviors,
  startDelayMs: number,
): ContainerProgram {
  return async (container) => {
    const behavior = behaviorOf(behaviors, container);
    await localClock.sleep(startDelayMs, container.signal);
    if (behavior.exitMessage !== undefined) throw new ProgramFailure(behavior.exitMessage);
    const refused = (behavior.refusedFlags ?? []).find((flag) => hasFlag(container, flag));
    if (refused !== undefined) throw new ProgramFailure(`Error: unknown flag: --${refused}`);
    if (behavior.health === "refuse") return abortable(new Promise<never>(() => undefined), container.signal);
    return program(container);
  };
}

function hasFlag({ argv }: ContainerProcess, flag: string): boolean {
  return argv.some((word) => word === `--${flag}` || word.startsWith(`--${flag}=`));
}
