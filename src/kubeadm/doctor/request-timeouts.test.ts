import { expect, it } from "vitest";
import {
  answered,
  examined,
  healthyWorker,
  nodePath,
  requestsPath,
} from "../../../test/fixtures/kubeadm/doctor/worker.ts";

/** Half a second less than the deadline of a check: it must be able to say what did not respond. */
const longestMs = 2_000;

it("every request to the API server ends before the check that waits for it", async () => {
  const worker = await healthyWorker();
  const timeouts = new Map<string, number>();
  await examined(worker, {
    connectTransport: () => ({
      send: (request, signal) => {
        const url = new URL(request.url);
        const key = `${url.pathname} ${url.searchParams.get("fieldSelector") ?? ""}`.trim();
        timeouts.set(key, Math.max(request.timeoutMs, timeouts.get(key) ?? 0));
        return answered(worker, url, signal);
      },
      close: () => undefined,
    }),
  });
  expect([...timeouts.keys()]).toEqual(
    expect.arrayContaining([
      "/readyz",
      nodePath,
      `${requestsPath} spec.signerName=kubernetes.io/kube-apiserver-client-kubelet`,
      `${requestsPath} spec.signerName=kubernetes.io/kubelet-serving`,
    ]),
  );
  expect([...timeouts].filter(([, timeoutMs]) => timeoutMs > longestMs)).toEqual([]);
});
