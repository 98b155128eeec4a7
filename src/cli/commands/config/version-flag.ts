import { namesOf } from "../../../kubeadm/config/reference/configuration-kinds.ts";
import type { Flags, ValuesOf } from "../../../kubeadm/flags/flag.ts";

/** The flag of the commands that describe a kind of configuration. */
export const versionFlag = {
  "api-version": {
    type: "string",
    usage: "Version of the kind, for example kubeadm.k8s.io/v1beta3. Default: the newest one.",
    offers: namesOf(({ groupVersion }) => groupVersion),
  },
} as const satisfies Flags;

export function versionOf(flags: ValuesOf<typeof versionFlag>): string | undefined {
  return flags["api-version"] === "" ? undefined : flags["api-version"];
}
