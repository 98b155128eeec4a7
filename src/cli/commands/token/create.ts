import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { invalidConfiguration } from "../../../kubeadm/config/documents/field-error.ts";
import { defaultTokenGroup, parseBootstrapToken, tokenUsages } from "../../../kubeadm/config/fields/bootstrap-token.ts";
import { defaultTimeouts } from "../../../kubeadm/config/fields/timeouts.ts";
import { validateBootstrapTokens } from "../../../kubeadm/config/fields/validate-bootstrap-tokens.ts";
import type { BootstrapTokenSpec } from "../../../kubeadm/config/init/init-configuration.ts";
import { loadInitConfiguration } from "../../../kubeadm/config/init/load-init-configuration.ts";
import { requireUnmixed } from "../../../kubeadm/flags/mixed-flags.ts";
import { loadKubeconfigFor } from "../../../kubeadm/kubeconfig/open-kubeconfig.ts";
import { createTokens } from "../../../kubeadm/tokens/create-tokens.ts";
import { generateToken, tokenText } from "../../../kubeadm/tokens/generate-token.ts";
import { joinCommandLine } from "../../../kubeadm/tokens/join-command.ts";
import { defined } from "../../../values/defined.ts";
import { shell } from "../../../values/shell.ts";
import { printingEvents } from "../../printing-session.ts";
import { type TokenCluster, withTokenCluster } from "./cluster.ts";
import { createFlags, type TokenCreateInvocation, tokenFlags } from "./flags.ts";

/** Makes the tokens and prints the first: alone, or in the line that joins a node. */
export async function runTokenCreate(invocation: TokenCreateInvocation): Promise<number> {
  const { args, changed, flags, ports } = invocation;
  requireUnmixed([...changed], { ...tokenFlags, ...createFlags });
  const given = args[0] === undefined || args[0] === "" ? undefined : parseBootstrapToken(args[0]);
  return withTokenCluster(invocation, async (opened) => {
    const specs = flags.config === "" ? [specOf(invocation, given)] : await specsOfFile(invocation, opened);
    const tokens = specs.map((spec) => ({ ...spec, token: spec.token ?? generateToken() }));
    await createTokens(tokens, {
      cluster: opened.cluster,
      clock: opened.host.clock,
      events: printingEvents(invocation),
      signal: ports.signal,
      timeoutMs: defaultTimeouts.kubernetesAPICall,
    });
    const [first] = tokens;
    if (first !== undefined) ports.stdout.write(`${await resultText(invocation, first.token, opened)}\n`);
  });
}

function specOf({ flags }: TokenCreateInvocation, token: BootstrapTokenSpec["token"]): BootstrapTokenSpec {
  const { description, ttl: ttlMs } = flags;
  // An empty list is none, and none means the default (upstream's SetDefaults_BootstrapToken).
  const groups = flags.groups.length === 0 ? [defaultTokenGroup] : flags.groups;
  const usages = flags.usages.length === 0 ? tokenUsages : flags.usages;
  const spec = { description, groups, ttlMs, usages, ...defined({ token }) };
  const errors = validateBootstrapTokens([{ ...spec, text: undefined, hasExpiration: false }]);
  if (errors.length > 0) throw invalidConfiguration(errors);
  return spec;
}

async function specsOfFile(
  invocation: TokenCreateInvocation,
  { host }: TokenCluster,
): Promise<readonly BootstrapTokenSpec[]> {
  const { files, machine, network } = host;
  const ports = { files, machine, network, events: printingEvents(invocation), signal: invocation.ports.signal };
  const loaded = await loadInitConfiguration(invocation.flags.config, { detectsCriSocket: false }, ports);
  return loaded.configuration.bootstrapTokens;
}

async function resultText(
  { flags }: TokenCreateInvocation,
  token: NonNullable<BootstrapTokenSpec["token"]>,
  { host, path }: TokenCluster,
): Promise<string> {
  const key = flags["certificate-key"];
  const certificateKey = key.reveal() === "" ? undefined : key;
  if (flags["print-join-command"]) {
    const kubeconfig = await loadKubeconfigFor(
      "failed to get join command: failed to load kubeconfig",
      path,
      host.files,
    );
    return joinCommandLine(kubeconfig, {
      token: tokenText(token),
      path,
      ...(certificateKey === undefined ? {} : { controlPlane: { certificateKey } }),
    }).reveal();
  }
  if (certificateKey === undefined) return tokenText(token).reveal();
  throw new KubeadmError("USAGE", "cannot use --certificate-key without --print-join-command", {
    remedy: `Add --print-join-command. The token ${token.id} was created: \`${shell`kubeadm token delete ${token.id}`}\` deletes it.`,
  });
}
