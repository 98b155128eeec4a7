// What the tool and the process that serves the world tell each other.
import type { WorldSettings } from "../case.ts";

export type WorldCommand =
  | { readonly do: "start"; readonly settings: WorldSettings; readonly root: string }
  | { readonly do: "stop" };

/** What placeholders in arguments and files stand for. */
export type WorldNames = Readonly<Record<string, string>>;

export interface WorldRecord {
  /** `GET /api/v1/nodes/w1 200`, in the order of the answers. */
  readonly requests: readonly string[];
  /** Objects that are no longer as they were: `Kind namespace/name` → the object, or null where it is gone. */
  readonly changes: Readonly<Record<string, unknown>>;
  /** Of the container runtime. */
  readonly runtimeCalls: readonly string[];
}

export type WorldAnswer =
  | { readonly names: WorldNames }
  | { readonly record: WorldRecord }
  | { readonly failure: string };
