import { setTimeout as sleep } from "node:timers/promises";
import { connections } from "../../src/cluster/connections.ts";
import { connectHttpsBy } from "../../src/cluster/https.ts";
import { inspectServer } from "../../src/cluster/https-inspection.ts";
import type { ConnectTransport } from "../../src/cluster/transport.ts";
import { Secret } from "../../src/errors/secret.ts";
import { silentEvents } from "../../src/events/events.ts";
import type { Host } from "../../src/host/host.ts";
import { localClock } from "../../src/host/local/clock.ts";
import { memoryHost } from "../../src/host/memory.ts";
import { joinCluster } from "../../src/index.ts";
import { obtainClientCertificate } from "../../src/kubeadm/bootstrap/obtain-client-certificate.ts";
import { storeClientCertificate } from "../../src/kubeadm/bootstrap/store-client-certificate.ts";
import { openKubeconfig } from "../../src/kubeadm/kubeconfig/open-kubeconfig.ts";
import { requireKubeconfig } from "../../src/kubeadm/kubeconfig/read-kubeconfig.ts";
import { bootstrapKubeconfigPath } from "../../src/kubeadm/paths.ts";
import { memoryContainerRuntimes, memoryRuntime } from "../../test/fixtures/cri/memory.ts";

/** What a worker asked, and when. Milliseconds of this process. */
export interface SentRequest {
  readonly at: number;
  readonly url: string;
  readonly method: string;
  /** Undefined without an answer. */
  readonly status?: number;
  readonly answeredAt: number;
  /** Milliseconds of the Retry-After header. */
  readonly retryAfterMs?: number;
}

export interface WorkerResult {
  readonly name: string;
  /** From its start to its end. */
  readonly durationMs: number;
  /** kubeadm's own requests, without those of the kubelet. */
  readonly requests: readonly SentRequest[];
  /** Absent if it joined. */
  readonly error?: string;
}

export interface Cluster {
  readonly endpoint: string;
  /** The port of this machine behind which the endpoint is. */
  readonly port: number;
  readonly token: string;
  readonly caPin: string;
}

/**
 * Joins a worker whose machine is in memory, over real connections. Its kubelet is healthy as soon as it is started, and
 * requests its certificate itself if kubeadm did not get one for it.
 */
export async function joinWorker(name: string, cluster: Cluster): Promise<WorkerResult> {
  const requests: SentRequest[] = [];
  const connect = connectHttpsBy(() => ({ host: "127.0.0.1", port: cluster.port }));
  const machine = memoryHost({
    machine: { hostname: name },
    services: { kubelet: {}, containerd: { state: "active" } },
    network: { probes: { "http://127.0.0.1:10248/healthz": { status: 200, body: "ok" } } },
  });
  const host: Host = { ...machine, clock: localClock };
  const stopped = new AbortController();
  machine.services.react("start", "kubelet", () => void kubelet(name, host, connect, stopped.signal));
  machine.services.react("restart", "kubelet", () => void kubelet(name, host, connect, stopped.signal));
  const started = performance.now();
  const result = { name, requests };
  try {
    await joinCluster({
      flags: {
        apiServerEndpoint: cluster.endpoint,
        token: new Secret(cluster.token),
        discoveryTokenCaCertHash: [cluster.caPin],
        ignorePreflightErrors: ["all"],
      },
      ports: {
        host,
        connectTransport: recorded(connect, requests),
        inspectServer: (_url, signal) => inspectServer(`https://127.0.0.1:${cluster.port}`, signal),
        connectContainerRuntime: memoryContainerRuntimes({
          "unix:///var/run/containerd/containerd.sock": memoryRuntime(),
        }),
      },
    });
    return { ...result, durationMs: performance.now() - started };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ...result, durationMs: performance.now() - started, error: message };
  } finally {
    stopped.abort();
  }
}

function recorded(connect: ConnectTransport, requests: SentRequest[]): ConnectTransport {
  return (tls) => {
    const { send, close } = connect(tls);
    return {
      close,
      send: async (request, signal) => {
        const { url, method } = request;
        const about = { at: performance.now(), url, method };
        try {
          const response = await send(request, signal);
          const retryAfter = response.headers["retry-after"];
          requests.push({
            ...about,
            ...{ answeredAt: performance.now(), status: response.status },
            ...(retryAfter === undefined ? {} : { retryAfterMs: Number(retryAfter) * 1_000 }),
          });
          return response;
        } catch (error) {
          requests.push({ ...about, answeredAt: performance.now() });
          throw error;
        }
      },
    };
  };
}

/** Gets the client certificate, unless kubeadm has. */
async function kubelet(name: string, host: Host, connect: ConnectTransport, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      if ((await host.files.status("/etc/kubernetes/kubelet.conf")) !== undefined) return;
      const bootstrap = await requireKubeconfig(host.files, bootstrapKubeconfigPath);
      const opened = connections({
        ...{ connectTransport: connect, environment: {}, userAgent: "kubelet", events: silentEvents },
        monotonic: () => performance.now(),
      });
      const ports = { files: host.files, commands: host.commands, environment: {}, events: silentEvents, signal };
      const client = await openKubeconfig(bootstrap, bootstrapKubeconfigPath, { ...ports, connections: opened });
      const certificate = await obtainClientCertificate({
        ...{ nodeName: name, cluster: client, events: silentEvents, signal, patienceMs: 5_000 },
      });
      opened.close();
      if (certificate !== undefined) {
        await storeClientCertificate(host.files, { certificate, bootstrap, now: new Date() });
        return;
      }
    } catch {
      // It tries again, as a kubelet does.
    }
    await sleep(500 + Math.random() * 1_000);
  }
}
