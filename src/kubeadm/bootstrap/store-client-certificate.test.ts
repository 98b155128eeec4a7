import { expect, it } from "vitest";
import { Secret } from "../../errors/secret.ts";
import { memoryHost } from "../../host/memory.ts";
import { kubeletKubeconfig, storeClientCertificate } from "./store-client-certificate.ts";

const bootstrap = {
  clusters: [{ name: "c", cluster: { server: "https://192.0.2.1:6443" } }],
  contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
  users: [{ name: "u", user: {} }],
  currentContext: "x",
};

it("makes /var/lib/kubelet for root alone, and the kubelet's directory in it as the kubelet does", async () => {
  const { files } = memoryHost();
  const certificate = { certificate: "a certificate\n", privateKey: new Secret("a key") };
  await storeClientCertificate(files, { certificate, bootstrap, now: new Date("2026-01-02T03:04:05Z") });
  expect((await files.status("/var/lib/kubelet"))?.mode).toBe(0o700);
  expect((await files.status("/var/lib/kubelet/pki"))?.mode).toBe(0o755);
  expect(kubeletKubeconfig(bootstrap).currentContext).toBe("default-context");
});
