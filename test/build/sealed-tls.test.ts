import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ControlPlane, startControlPlane } from "../../src/embedded/control-plane/index.ts";
import { type ScratchRoot, scratchRoot } from "../../src/embedded/index.ts";
import { built } from "./artifact.ts";

const discoveryTimeout = "2s";
const token = "abcdef.0123456789abcdef";

// Whom a join trusts is said by its token, pins and discovery file: nothing in the environment may widen it.
describe("the executable's TLS", () => {
  let kubeadm = "";
  let node: ScratchRoot;
  /** The server that is reached, and the cluster whose CA is to be trusted. */
  let reached: ControlPlane;
  let meant: ControlPlane;

  beforeAll(async () => {
    kubeadm = built("binary");
    node = scratchRoot({ hostname: "w1" });
    [reached, meant] = await Promise.all([startControlPlane(), startControlPlane()]);
    await reached.createToken({ token });
    writeFileSync(node.inside("/etc/reached-ca.pem"), reached.caCertificatePem);
    writeFileSync(node.inside("/etc/wrong.yaml"), joinConfiguration("/etc/wrong.conf"));
    writeFileSync(node.inside("/etc/wrong.conf"), discoveryFile(meant.caCertificatePem));
    writeFileSync(node.inside("/etc/right.yaml"), joinConfiguration("/etc/right.conf"));
    writeFileSync(node.inside("/etc/right.conf"), discoveryFile(reached.caCertificatePem));
  }, 300_000);

  afterAll(async () => {
    await Promise.all([reached.close(), meant.close()]);
    node.remove();
  });

  function discoveryFile(ca: string): string {
    const data = Buffer.from(ca).toString("base64");
    return `apiVersion: v1
kind: Config
clusters: [{name: "", cluster: {certificate-authority-data: ${data}, server: "${reached.url}"}}]
`;
  }

  function joinConfiguration(discovery: string): string {
    return `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery: {file: {kubeConfigPath: ${discovery}}, tlsBootstrapToken: ${token}}
nodeRegistration: {name: w1}
timeouts: {discovery: ${discoveryTimeout}, kubeletHealthCheck: 1s, tlsBootstrap: 1s, kubernetesAPICall: 2s}
`;
  }

  async function join(configuration: string, environment: Readonly<Record<string, string>>) {
    const child = spawn(
      kubeadm,
      ["join", "--rootfs", node.path, "--config", configuration, "--ignore-preflight-errors", "all", "--dry-run"],
      { cwd: "/", env: { PATH: "/usr/bin:/bin", ...environment }, stdio: ["ignore", "pipe", "pipe"] },
    );
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { status, output };
  }

  test.each([
    ["nothing", () => ({})],
    ["NODE_TLS_REJECT_UNAUTHORIZED=0", () => ({ NODE_TLS_REJECT_UNAUTHORIZED: "0" })],
    ["NODE_EXTRA_CA_CERTS", () => ({ NODE_EXTRA_CA_CERTS: node.inside("/etc/reached-ca.pem") })],
    ["SSL_CERT_FILE", () => ({ SSL_CERT_FILE: node.inside("/etc/reached-ca.pem") })],
    ["the system's CAs", () => ({ NODE_USE_SYSTEM_CA: "1", SSL_CERT_FILE: node.inside("/etc/reached-ca.pem") })],
  ])(
    "sends nothing to a server of another CA, with %s in the environment",
    async (_name, environment) => {
      const { status, output } = await join("/etc/wrong.yaml", environment());
      expect(status).toBe(1);
      expect(output).toMatch(/certificate signed by unknown authority/);
      expect(reached.requests.matching(() => true)).toEqual([]);
    },
    60_000,
  );

  test("has requests of the right server's, none of which the environment can have printed", async () => {
    const { output } = await join("/etc/right.yaml", { BUN_CONFIG_VERBOSE_FETCH: "curl", NODE_DEBUG: "http,https" });
    expect(reached.requests.matching(() => true).length).toBeGreaterThan(0);
    expect(output).not.toContain(token);
    expect(output).not.toContain("Bearer");
  }, 60_000);

  test("connects directly where Go's rules say so, whatever proxy the environment names", async () => {
    const proxy = createServer((socket) => socket.destroy());
    let connections = 0;
    proxy.on("connection", () => connections++);
    await new Promise<void>((listening) => proxy.listen(0, "127.0.0.1", listening));
    const { port } = proxy.address() as AddressInfo;
    const variables = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    const environment = Object.fromEntries(variables.map((name) => [name, `http://127.0.0.1:${port}`]));
    try {
      const before = reached.requests.matching(() => true).length;
      await join("/etc/right.yaml", environment);
      expect(reached.requests.matching(() => true).length).toBeGreaterThan(before);
      expect(connections).toBe(0);
    } finally {
      proxy.close();
    }
  }, 60_000);
});
