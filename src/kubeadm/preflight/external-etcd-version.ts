import { poll } from "../../async/poll.ts";
import { throwIfAborted } from "../../async/signal.ts";
import type { Connections, Identity, ServerSettings } from "../../cluster/connections.ts";
import { type Transport, TransportError } from "../../cluster/transport.ts";
import { Secret } from "../../errors/secret.ts";
import { goQuote } from "../../go/quote.ts";
import { FileError } from "../../host/file-error.ts";
import { ownMinor } from "../../kubernetes/minors/minors.ts";
import { compareVersions, parseSemanticVersion } from "../../kubernetes/semantic-version.ts";
import { CaBundle, CaBundleError } from "../../pki/ca-bundle.ts";
import { shell } from "../../values/shell.ts";
import type { ExternalEtcd } from "../config/cluster/cluster-configuration.ts";
import { type Check, type PreflightPorts, type Problem, problem } from "./check.ts";

/** The oldest etcd that upstream accepts. */
const oldestText = ownMinor.oldestExternalEtcd;
const answerTimeoutMs = 10_000;
const attempts = 4;
const pauseMs = 5_000;

/** An external etcd must answer on its HTTP endpoints and not be too old. */
export function externalEtcdVersion(etcd: ExternalEtcd, connections: Pick<Connections, "transport">): Check {
  return {
    name: "ExternalEtcdVersion",
    severity: "error",
    run: async (ports, signal) => {
      try {
        const { settings, identity } = await credentials(etcd, ports);
        const found = await Promise.all(
          etcd.httpEndpoints.map((endpoint) => {
            const { send } = connections.transport(endpoint, settings, identity);
            return look(endpoint, { send, ports, signal });
          }),
        );
        return { problems: found.flat() };
      } catch (error) {
        if (error instanceof FileError || error instanceof CaBundleError)
          return problem(`couldn't load external etcd's certificates: ${error.message}`);
        throw error;
      }
    },
  };
}

async function credentials(
  { caFile, certFile, keyFile }: ExternalEtcd,
  { files }: PreflightPorts,
): Promise<{ readonly settings: ServerSettings; readonly identity: Identity }> {
  const hasPair = certFile !== "" && keyFile !== "";
  return {
    settings: caFile === "" ? {} : { certificateAuthority: CaBundle.parse(await files.readText(caFile)).pem },
    identity: hasPair
      ? { clientCertificate: await files.readText(certFile), clientKey: new Secret(await files.readText(keyFile)) }
      : {},
  };
}

interface Looking {
  readonly send: Transport;
  readonly ports: PreflightPorts;
  readonly signal: AbortSignal;
}

/** Asks up to four times, as upstream does, because etcd may still be starting. */
async function look(endpoint: string, { send, ports, signal }: Looking): Promise<readonly Problem[]> {
  const url = `${endpoint.replace(/\/+$/, "")}/version`;
  return poll<readonly Problem[]>({
    clock: ports.clock,
    signal,
    deadlineMs: attempts * (answerTimeoutMs + pauseMs),
    everyMs: () => pauseMs,
    onTimeout: (reason) => new TransportError("timed-out", url, reason),
    until: async ({ number }) => {
      const answer = await ask(url, send, signal);
      if ("body" in answer) return { done: true, value: versionProblems(answer.body, endpoint) };
      if (number < attempts) return { done: false, reason: answer.failure };
      return { done: true, value: [{ message: answer.failure, remedy: remedyFor(endpoint) }] };
    },
  });
}

type Answer = { readonly body: string } | { readonly failure: string };

async function ask(url: string, send: Transport, signal: AbortSignal): Promise<Answer> {
  try {
    const response = await send({ method: "GET", url, timeoutMs: answerTimeoutMs }, signal);
    if (response.status < 500) return { body: await response.text() };
    return { failure: `server responded with non-successful status: ${response.status}` };
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof TransportError) return { failure: `Get ${goQuote(url)}: ${error.message}` };
    throw error;
  }
}

function versionProblems(body: string, endpoint: string): readonly Problem[] {
  const text = serverVersion(body);
  if (text === undefined) {
    return [{ message: `${endpoint} does not respond like an etcd server`, remedy: remedyFor(endpoint) }];
  }
  const version = parseSemanticVersion(text);
  const oldest = parseSemanticVersion(oldestText);
  if (version === undefined) return [{ message: `couldn't parse external etcd version ${goQuote(text)}` }];
  if (oldest === undefined || compareVersions(version, oldest) >= 0) return [];
  const message = `this version of kubeadm only supports external etcd version >= ${oldestText}. Current version: ${text}`;
  return [{ message, remedy: "Upgrade etcd first." }];
}

function serverVersion(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const isVersion = typeof parsed === "object" && parsed !== null && "etcdserver" in parsed;
    return isVersion && typeof parsed.etcdserver === "string" ? parsed.etcdserver : undefined;
  } catch {
    return undefined;
  }
}

function remedyFor(endpoint: string): string {
  return `From this machine, \`${shell`curl ${endpoint}/version`}\` must return a version; set etcd.external.httpEndpoints if etcd serves HTTP at other addresses.`;
}
