import { afterAll, beforeAll, expect, test } from "vitest";
import { createToken } from "../support/join/cluster-actions.ts";
import { type EmbeddedStage, embeddedStage } from "../support/join/embedded-stage.ts";
import {
  goldenFile,
  goldenRequests,
  goldenTree,
  isBootstrap,
  requestLine,
  requestsOfOurs,
} from "../support/join/golden-worker.ts";
import { joins } from "../support/join/joining.ts";
import type { Machine } from "../support/join/stage.ts";

let stage: EmbeddedStage;
let machine: Machine;
let token: string;
beforeAll(async () => {
  stage = await embeddedStage();
  machine = await stage.addMachine();
  token = await createToken(stage.cluster);
  const { endpoint, caPin } = stage.cluster;
  await joins(machine, [endpoint, "--token", token, "--discovery-token-ca-cert-hash", caPin]);
});
afterAll(async () => {
  await machine?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

/** The names of the recorded cluster for those of this one. */
function mapped(text: string): string {
  const { endpoint, caCertificatePem } = stage.cluster;
  return text
    .replaceAll(Buffer.from(caCertificatePem).toString("base64"), "<CA-CERT-BASE64>")
    .replaceAll(`https://${endpoint}`, "https://<ENDPOINT>")
    .replaceAll(token.split(".")[0] ?? "", "<TOKEN-ID>")
    .replaceAll(/csr-[a-z0-9]{5}\b/g, "csr-<RANDOM>")
    .replaceAll(new RegExp(`\\b${machine.hostname}\\b`, "g"), "w1")
    .replaceAll(/kubelet-client-\d{4}(-\d\d){5}\.pem/g, "kubelet-client-<TIMESTAMP>.pem")
    .replace(/^healthzPort: \d+$/m, "healthzPort: 10248");
}

test.each(["/var/lib/kubelet/config.yaml", "/var/lib/kubelet/instance-config.yaml", "/etc/kubernetes/kubelet.conf"])(
  "%s is as upstream's was recorded",
  async (path) => {
    expect(mapped(await machine.read(path))).toBe(goldenFile(path.replace(/^.*\//, "")));
  },
);

test("modes and links of what a join writes are as upstream's were recorded", async () => {
  const lines = (await machine.tree("/etc", "/var/lib/kubelet")).map((line) => {
    const [mode = "", path = "", ...rest] = mapped(line).split(" ");
    return [path, mode.padStart(4, "0"), ...(rest[0] === "->" ? [rest[1]] : [])].join(" ");
  });
  const recorded = goldenTree().map((line) => {
    const [, mode, , path, ...link] = line.split(" ");
    return [path, mode, ...link].join(" ");
  });
  // The stand-in keeps no state files, serves no other endpoints and runs no pods.
  const kubelets =
    /^\/var\/lib\/kubelet\/(\w+_state|image_manager|pods-api|(pods|device-plugins|pod-resources)\/|pki\/kubelet\.(crt|key))/;
  const compared = (line: string) => /^\/(etc\/kubernetes|var\/lib\/kubelet\/)/.test(line) && !kubelets.test(line);
  expect(lines.filter(compared).toSorted()).toEqual(recorded.filter(compared).toSorted());
});

test("the API server is asked what upstream's join asked, and for the certificate in the kubelet's stead", async () => {
  const requests = (await machine.requests()).filter(({ user }) => isBootstrap(user));
  const lines = (agent: string) =>
    requests
      .filter(({ userAgent }) => userAgent.startsWith(agent))
      .map((request) => requestLine({ ...request, path: mapped(request.path), user: mapped(request.user) }));
  expect(lines("kubeadm")).toEqual([...goldenRequests("kubeadm"), ...requestsOfOurs.map(({ request }) => request)]);
  expect(lines("kubelet")).toEqual([]);
});
