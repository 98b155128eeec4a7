import { expect, it } from "vitest";
import type { Cluster } from "../../cluster/cluster.ts";
import type { CertificateSigningRequest } from "../../cluster/resources.ts";
import type { Event } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { memoryClock } from "../../host/memory/clock.ts";
import { memoryHost } from "../../host/memory.ts";
import { waitForClientCertificate } from "./wait-for-client-certificate.ts";

const subject = "system:node:w1";
const der = Buffer.from(`${String.fromCharCode(subject.length)}${subject}`, "latin1").toString("base64");
const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${der}\n-----END CERTIFICATE REQUEST-----\n`;

function request(name: string, second: number, isIssued: boolean): CertificateSigningRequest {
  return {
    metadata: { name, creationTimestamp: `2026-01-01T00:00:${String(second).padStart(2, "0")}Z` },
    spec: { request: Buffer.from(pem).toString("base64"), signerName: "kubernetes.io/kube-apiserver-client-kubelet" },
    ...(isIssued ? { status: { certificate: "aXNzdWVk", conditions: [{ type: "Approved" }] } } : { status: {} }),
  };
}

async function told(requests: readonly CertificateSigningRequest[], earlier: readonly string[] = []) {
  const events = await eventsOf(requests, earlier);
  return events.flatMap((event) => (event.type === "wait.progress" ? event.reason : []))[0];
}

async function eventsOf(requests: readonly CertificateSigningRequest[], earlier: readonly string[] = []) {
  const events: Event[] = [];
  const clock = memoryClock({ automatic: true });
  const waiting = waitForClientCertificate(
    {
      nodeName: "w1",
      loadKubeletCredentials: () => Promise.reject(new Error("there is no kubelet.conf")),
      earlierRequests: new Set(earlier),
      directories: [],
      timeoutMs: 5_000,
    },
    {
      files: memoryHost().files,
      clock,
      events: eventsTo((event) => events.push(event), clock.now),
      signal: new AbortController().signal,
      cluster: { list: async () => requests } as unknown as Cluster,
      kubeletFailure: async () => undefined,
    },
  );
  await expect(waiting).rejects.toMatchObject({ message: expect.stringContaining("context deadline exceeded") });
  return events;
}

it.each([
  {
    what: "the approval of a request",
    status: {},
    commands: ["kubectl certificate approve csr-a"],
  },
  {
    what: "its signature",
    status: { conditions: [{ type: "Approved", status: "True" }] },
    commands: ["kubectl -n kube-system get pods -l component=kube-controller-manager"],
  },
])("tells once who has to do what for $what", async ({ status, commands }) => {
  const events = await eventsOf([{ ...request("csr-a", 1, false), status }]);
  const actions = events.flatMap((event) => (event.type === "wait.action" ? [event] : []));
  expect(actions.map((action) => action.commands)).toEqual([commands]);
  const progress = events.flatMap((event) => (event.type === "wait.progress" ? [event] : []));
  expect(progress.every(({ needsAction }) => needsAction === true)).toBe(true);
});

it.each([
  { what: "the latest request for the node", requests: [request("csr-a", 1, true), request("csr-b", 2, false)] },
  {
    what: "of two of one second, the one that waits",
    requests: [request("csr-b", 2, false), request("csr-z", 2, true)],
  },
])("names $what", async ({ requests }) => {
  expect(await told(requests)).toContain("certificate signing request csr-b is Pending");
});

it("says that only the kubelet is missing if the latest one is issued", async () => {
  const requests = [request("csr-a", 1, false), request("csr-b", 2, true)];
  expect(await told(requests)).toContain("csr-b is issued, the kubelet has not written its certificate yet");
});

const refusal = { conditions: [{ type: "Denied", status: "True", reason: "NotOurs", message: "of last week" }] };

it.each([
  { what: "was denied", status: refusal },
  { what: "still waits", status: {} },
])("does not speak of a request of an earlier join that $what", async ({ status }) => {
  const old = { ...request("csr-old", 1, false), status };
  expect(await told([old], ["csr-old"])).toContain("has not sent a certificate signing request for system:node:w1 yet");
  expect(await told([old, request("csr-b", 1, false)], ["csr-old"])).toContain("csr-b is Pending");
});
