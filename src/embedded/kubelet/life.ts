import { mkdirSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { connect as connectSocket } from "node:net";
import { abortable } from "../../async/signal.ts";
import { messageOf } from "../../errors/kubeadm-error.ts";
import { localClock } from "../../host/local/clock.ts";
import { type ApiClient, connect } from "./api-client.ts";
import {
  adoptCertificate,
  bootstrapClientCertificate,
  prepareBootstrap,
  storedCredentials,
  validCredentials,
} from "./client-certificate.ts";
import { KubeletExit } from "./kubelet-exit.ts";
import type { KubeletNetwork } from "./kubelet-network.ts";
import type { Log } from "./log.ts";
import { mirrorPods } from "./mirror-pods.ts";
import { registerNode, renewLease, reportNotReady, reportReady } from "./node.ts";
import type { RootedPath } from "./rooted-path.ts";
import { type KubeletSettings, parseKubeletFlags, readSettings } from "./settings.ts";
import { StaticPods } from "./static-pods.ts";

/** How this kubelet differs from a working one. */
export interface KubeletBehavior {
  /** It exits right after its start, with this line. */
  readonly crashMessage?: string;
  /** "refuse": nothing listens on the healthz port; "fail": it answers with status 500. */
  readonly healthz: "serve" | "refuse" | "fail";
  /** It runs, but never requests a certificate. */
  readonly neverBootstrap: boolean;
  /** Milliseconds before its first action. */
  readonly startDelayMs: number;
  /** Milliseconds from the Node's registration to its Ready condition. */
  readonly readyDelayMs: number;
  /** Milliseconds that a static Pod waits whose predecessor still ran when its manifest appeared. */
  readonly podRestartDelayMs: number;
}

export interface LifeOptions {
  readonly argv: readonly string[];
  readonly hostname: string;
  /** Its release. */
  readonly version: string;
  readonly behavior: KubeletBehavior;
  readonly rooted: RootedPath;
  readonly network: KubeletNetwork;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const leaseRenewalMs = 10_000;

/** Directories that a kubelet creates at its start, with their modes. */
const directories: readonly (readonly [string, number])[] = [
  ["/var/lib/kubelet/checkpoints", 0o700],
  ["/var/lib/kubelet/device-plugins", 0o755],
  ["/var/lib/kubelet/pki", 0o755],
  ["/var/lib/kubelet/plugins", 0o750],
  ["/var/lib/kubelet/plugins_registry", 0o750],
  ["/var/lib/kubelet/pod-resources", 0o750],
  ["/var/lib/kubelet/pods", 0o750],
];

/**
 * One run of the kubelet's process: ends with KubeletExit where the real one would exit with status 1, or with the
 * signal's reason. The order is the real kubelet's: command line, configuration, credentials, container runtime, health
 * endpoint; it requests the certificate in the background and registers the Node once it has the certificate.
 */
export async function liveOnce(options: LifeOptions): Promise<never> {
  const { behavior, rooted, log, hostname, signal } = options;
  await localClock.sleep(behavior.startDelayMs, signal);
  if (behavior.crashMessage !== undefined) throw new KubeletExit(behavior.crashMessage);
  const settings = readSettings({ flags: parseKubeletFlags(options.argv), hostname, rooted });
  for (const [path, mode] of directories) mkdirSync(rooted(path), { recursive: true, mode });

  const present = validCredentials(settings.kubeconfig, options);
  const bootstrap = present === undefined ? prepareBootstrap(settings, options) : undefined;
  const isToRenew = present !== undefined && adoptCertificate(present, settings, options);
  await assertRuntimeAnswers(settings.containerRuntimeEndpoint, rooted, signal);
  await using _health = await serveHealthz(settings, options);
  log.info("Started kubelet", { node: settings.nodeName });
  await using beside = new Companions(signal);
  const staticPods = new StaticPods({
    directory: settings.staticPodPath,
    nodeName: settings.nodeName,
    runtimeEndpoint: settings.containerRuntimeEndpoint,
    podRestartDelayMs: behavior.podRestartDelayMs,
    ...options,
    signal: beside.signal,
  });
  if (settings.staticPodPath !== "") beside.start(() => staticPods.run());

  if (bootstrap !== undefined && behavior.neverBootstrap) return await untilAborted(signal);
  const stored = present ?? (bootstrap && storedCredentials(settings, options));
  const credentials = stored ?? (bootstrap && (await bootstrapClientCertificate(bootstrap, settings, options)));
  if (credentials === undefined) throw new Error("neither credentials nor a way to get them");
  const api = connect(credentials, options);
  try {
    return await keepNode(api, settings, options, () => {
      beside.start(() => mirrorPods({ api, nodeName: settings.nodeName, staticPods, log, signal: beside.signal }));
      if (isToRenew) {
        beside.start(async () => {
          await bootstrapClientCertificate(credentials, settings, { ...options, signal: beside.signal });
        });
      }
    });
  } finally {
    await beside[Symbol.asyncDispose]();
    api.close();
  }
}

/** Background work of a run, which ends with it. */
class Companions implements AsyncDisposable {
  readonly #over = new AbortController();
  readonly #running: Promise<void>[] = [];
  readonly signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.signal = AbortSignal.any([signal, this.#over.signal]);
  }

  /** A failure here is a defect of the embedded kubelet, and ends the process. */
  start(work: () => Promise<void>): void {
    this.#running.push(
      work().catch((error: unknown) => {
        if (!this.signal.aborted) throw error;
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#running);
  }
}

/** Registers the Node and renews its lease; failures are logged and retried, as in the kubelet. */
async function keepNode(
  api: ApiClient,
  settings: KubeletSettings,
  options: LifeOptions,
  onRegistered: () => void,
): Promise<never> {
  const { log, signal, behavior, network, version } = options;
  const node = { ...settings, internalAddress: network.internalAddress, version };
  const steps: ((signal: AbortSignal) => Promise<void>)[] = [
    async (limit) => {
      await registerNode(api, node, limit);
      onRegistered();
    },
    (limit) => renewLease(api, settings.nodeName, limit),
    (limit) => reportNotReady(api, node, limit),
    async (limit) => {
      await localClock.sleep(behavior.readyDelayMs, limit);
      await reportReady(api, node, limit);
    },
  ];
  for (;;) {
    const step = steps[0] ?? ((limit: AbortSignal) => renewLease(api, settings.nodeName, limit));
    try {
      await step(signal);
      if (steps.shift() !== undefined && steps.length === 0) log.info("Node is ready", { node: settings.nodeName });
    } catch (error) {
      if (signal.aborted) throw error;
      log.error("Unable to register node with API server", messageOf(error), { node: settings.nodeName });
      await localClock.sleep(registrationRetryMs, signal);
      continue;
    }
    if (steps.length === 0) await localClock.sleep(leaseRenewalMs, signal);
  }
}

const registrationRetryMs = 200;

async function assertRuntimeAnswers(endpoint: string, rooted: RootedPath, signal: AbortSignal): Promise<void> {
  const path = endpoint.replace(/^unix:\/\//, "");
  const socket = connectSocket({ path: rooted(path) });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.on("connect", resolve);
  socket.on("error", reject);
  try {
    await abortable(promise, signal);
  } catch (error) {
    signal.throwIfAborted();
    const reason =
      (error as NodeJS.ErrnoException).code === "ENOENT" ? "no such file or directory" : "connection refused";
    throw new KubeletExit(
      `failed to run Kubelet: validate service connection: validate CRI v1 runtime API for endpoint ${JSON.stringify(endpoint)}: ` +
        `rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix ${path}: connect: ${reason}"`,
    );
  } finally {
    socket.destroy();
  }
}

async function serveHealthz(settings: KubeletSettings, { behavior, network }: LifeOptions): Promise<AsyncDisposable> {
  const kind = behavior.healthz;
  if (settings.healthzPort === 0 || kind === "refuse") return { [Symbol.asyncDispose]: async () => undefined };
  const server = createHttpServer((request, response) => {
    const found = new URL(request.url ?? "/", "http://healthz").pathname === "/healthz";
    response.statusCode = found ? (kind === "serve" ? 200 : 500) : 404;
    response.end(
      found
        ? kind === "serve"
          ? "ok"
          : "[-]syncloop failed: reason withheld\nhealthz check failed\n"
        : "404 page not found\n",
    );
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(network.listenOn({ host: settings.healthzAddress, port: settings.healthzPort }), resolve);
  try {
    await promise;
  } catch (error) {
    throw new KubeletExit(`failed to run Kubelet: failed to start healthz server: ${messageOf(error)}`);
  }
  return {
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function untilAborted(signal: AbortSignal): Promise<never> {
  return abortable(new Promise<never>(() => undefined), signal);
}
