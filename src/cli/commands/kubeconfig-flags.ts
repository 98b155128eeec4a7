import type { Invocation } from "../command.ts";
import type { Flags, ValuesOf } from "../flag.ts";

/** Names, types and defaults are upstream's. */
export const userFlags = {
  "client-name": {
    type: "string",
    required: true,
    usage: "Name of the user: the common name of the client certificate.",
  },
  config: { type: "string", usage: "File with an InitConfiguration and a ClusterConfiguration." },
  org: { type: "strings", usage: "Groups of the user: the organizations of the client certificate." },
  token: { type: "secret", usage: "Token that the user shows instead of a client certificate." },
  "validity-period": {
    type: "duration",
    default: 8_760 * 3_600_000,
    usage: "How long the client certificate is valid, from now on.",
  },
} as const satisfies Flags;

export type UserInvocation = Invocation<Flags> & { readonly flags: ValuesOf<typeof userFlags> };
