import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { base64, type Document, kubeconfig, type Scene, secret, withScene } from "../attack/evil-documents.ts";
import { falseServer, joinOnMachine, serverIdentity } from "../attack/false-cluster.ts";
import { programCopy } from "../support/join/program-copy.ts";

let program: ReturnType<typeof programCopy>;
beforeAll(() => {
  program = programCopy();
});
afterAll(() => program[Symbol.dispose]());

const authority = ({ authorities: { evil } }: Scene) => ({
  "certificate-authority-data": base64(evil.certificatePem),
});

/** A join by a document at a URL, with the switch that lets it name files and programs of this machine. */
async function joinByUrl(scene: Scene, document: Document) {
  const { real } = scene.authorities;
  const body = kubeconfig(document, scene.server.endpoint);
  await using site = await falseServer(await serverIdentity(real), () => ({ body }));
  return await joinOnMachine(
    program.path,
    { file: { kubeConfigPath: `https://${site.endpoint}/cluster.conf` } },
    {
      isHere: true,
      flags: ["--discovery-file-unsafe-local-access"],
      files: { "/etc/trusted.pem": real.certificatePem },
      environment: { SSL_CERT_FILE: "/etc/trusted.pem", SSL_CERT_DIR: "/none" },
    },
  );
}

test("a plugin that a discovery URL names runs where the switch allows it, even with a configuration file", async () => {
  await withScene(async (scene) => {
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: scene.plugin, interactiveMode: "Never" };
    await joinByUrl(scene, { cluster: authority(scene), user: { exec } });
    expect(existsSync(scene.trace)).toBe(true);
    expect(scene.server.asked[0]?.authorization).toBe(`Bearer ${secret}`);
  });
});

test("what it still names has to be valid", async () => {
  await withScene(async (scene) => {
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: scene.plugin };
    const { output } = await joinByUrl(scene, { cluster: authority(scene), user: { exec } });
    expect(output).toContain("interactiveMode must be specified for u to use exec authentication plugin");
    expect(existsSync(scene.trace)).toBe(false);
  });
});

test("a discovery file without CA that turns verification off causes a warning, and its token is used as the bootstrap token", async () => {
  await withScene(async (scene) => {
    const files = {
      "/etc/d.conf": kubeconfig({ cluster: { "insecure-skip-tls-verify": true } }, scene.server.endpoint),
    };
    const discovery = { file: { kubeConfigPath: "/etc/d.conf" }, tlsBootstrapToken: "abcdef.0123456789abcdef" };
    const { output } = await joinOnMachine(program.path, discovery, { files });
    expect(output).toMatch(/\/etc\/d\.conf disables TLS verification of https:\/\/127\.0\.0\.1:\d+/);
    expect(scene.server.asked[0]).toMatchObject({
      path: expect.stringContaining("cluster-info"),
      authorization: undefined,
    });
  });
});
