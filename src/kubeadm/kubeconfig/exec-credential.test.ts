import { describe, expect, it } from "vitest";
import { testAuthority } from "../../../test/fixtures/pki/authority.ts";
import { isKubeadmError } from "../../errors/kubeadm-error.ts";
import type { CommandScript } from "../../host/memory/commands.ts";
import { memoryHost } from "../../host/memory.ts";
import { CaBundle } from "../../pki/ca-bundle.ts";
import { runExecPlugin } from "./exec-credential.ts";
import type { ExecPlugin, Kubeconfig } from "./kubeconfig.ts";

const v1 = "client.authentication.k8s.io/v1";
const authority = await testAuthority();
const secretText = "s3cr3t-t0ken";

function kubeconfigWith(exec: Partial<ExecPlugin>): Kubeconfig {
  return {
    clusters: [
      {
        name: "k",
        cluster: { server: "https://a", certificateAuthorityData: CaBundle.parse(authority.certificatePem) },
      },
    ],
    contexts: [{ name: "c", context: { cluster: "k", user: "u" } }],
    users: [{ name: "u", user: { exec: { apiVersion: v1, command: "plugin", ...exec } } }],
    currentContext: "c",
  };
}

function credential(status: object, apiVersion = v1): CommandScript {
  return { stdout: JSON.stringify({ kind: "ExecCredential", apiVersion, status }) };
}

function run(exec: Partial<ExecPlugin>, script?: CommandScript) {
  const host = memoryHost(script === undefined ? {} : { commands: { plugin: script } });
  const ports = { commands: host.commands, environment: { PATH: "/usr/bin" }, signal: new AbortController().signal };
  return { host, identity: runExecPlugin(kubeconfigWith(exec), ports) };
}

describe("runExecPlugin", () => {
  it.each([v1, "client.authentication.k8s.io/v1beta1"])("takes a token from %s", async (apiVersion) => {
    const { token } = await run({ apiVersion }, credential({ token: secretText }, apiVersion)).identity;
    expect(token?.reveal()).toBe(secretText);
  });

  it("takes a client certificate", async () => {
    const script = credential({ clientCertificateData: "CERT", clientKeyData: "KEY" });
    const { clientCertificate, clientKey } = await run({}, script).identity;
    expect([clientCertificate, clientKey?.reveal()]).toEqual(["CERT", "KEY"]);
  });

  it("hands the plugin its arguments, its environment and, if it asks, the cluster", async () => {
    const exec = { args: ["get", "token"], env: [{ name: "A", value: "b" }], provideClusterInfo: true };
    const { host, identity } = run(exec, credential({ token: secretText }));
    await identity;
    const [call] = host.commands.calls;
    expect(call?.argv).toEqual(["plugin", "get", "token"]);
    expect(call?.environment).toMatchObject({ PATH: "/usr/bin", A: "b" });
    expect(JSON.parse(call?.environment["KUBERNETES_EXEC_INFO"] ?? "")).toMatchObject({
      kind: "ExecCredential",
      apiVersion: v1,
      spec: {
        interactive: false,
        cluster: { server: "https://a", "certificate-authority-data": btoa(authority.certificatePem) },
      },
    });
  });

  it("keeps the cluster to itself otherwise", async () => {
    const { host, identity } = run({}, credential({ token: secretText }));
    await identity;
    expect(host.commands.calls[0]?.environment["KUBERNETES_EXEC_INFO"]).not.toContain("https://a");
  });

  it.each<[string, Partial<ExecPlugin>, CommandScript | undefined, string]>([
    ["is missing, with the hint", { installHint: "apt install plugin" }, undefined, "apt install plugin"],
    [
      "fails",
      {},
      { exitCode: 3, stdout: secretText, stderr: secretText },
      "exec: executable plugin failed with exit code 3",
    ],
    ["prints no JSON", {}, { stdout: secretText }, "exec plugin: decoding stdout"],
    [
      "answers in another version",
      {},
      credential({ token: secretText }, "client.authentication.k8s.io/v1beta1"),
      "exec plugin is configured to use API version",
    ],
    ["has nothing to give", {}, credential({}), "exec plugin didn't return a token or cert/key pair"],
    [
      "has to ask someone",
      { interactiveMode: "Always" },
      credential({ token: secretText }),
      "exec plugin cannot support interactive mode",
    ],
    [
      "is of an unknown version",
      { apiVersion: "v0" },
      credential({ token: secretText }),
      'exec plugin: invalid apiVersion "v0"',
    ],
  ])("tells when the plugin %s, without what it printed", async (_, exec, script, message) => {
    const error: unknown = await run(exec, script).identity.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!isKubeadmError(error)) throw new Error("expected a KubeadmError");
    expect(error.message).toContain(message);
    expect(JSON.stringify([error.message, error.details, error.remedy, String(error.cause)])).not.toContain(secretText);
  });
});
