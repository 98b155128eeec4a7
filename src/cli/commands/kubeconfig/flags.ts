import type { Flags } from "../../../kubeadm/flags/flag.ts";
import type { InvocationWith } from "../../line/command.ts";

/** Names, types and defaults are upstream's. */
export const userFlags = {
  "client-name": {
    type: "string",
    required: true,
    usage: "Name of the user: the common name of the client certificate.",
    offers: "nothing",
  },
  config: { type: "string", usage: "File with an InitConfiguration and a ClusterConfiguration.", offers: "files" },
  org: {
    type: "strings",
    usage: "Groups of the user: the organizations of the client certificate.",
    offers: "nothing",
  },
  token: {
    type: "secret",
    usage: "Token for the user to authenticate with instead of a client certificate.",
    offers: "nothing",
  },
  "validity-period": {
    type: "duration",
    default: 8_760 * 3_600_000,
    usage: "How long the client certificate is valid, starting now.",
    offers: ["8760h"],
  },
} as const satisfies Flags;

export type UserInvocation = InvocationWith<typeof userFlags>;
