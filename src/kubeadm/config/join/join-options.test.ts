import { describe, expect, it } from "vitest";
import { Secret } from "../../../errors/secret.ts";
import type { Event } from "../../../events/event.ts";
import { eventsTo } from "../../../events/events.ts";
import { type MemorySeed, memoryHost } from "../../../host/memory.ts";
import { type JoinFlags, joinFlagNames } from "../../flags/join-flags.ts";
import { resolveJoinOptions } from "./join-options.ts";

const tokenA = "aaaaaa.0123456789abcdef";
const tokenB = "bbbbbb.0123456789abcdef";
const pin = `sha256:${"a".repeat(64)}`;
const unsafe = { discoveryTokenUnsafeSkipCaVerification: true };
const file = `apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery:\n  bootstrapToken: {token: ${tokenA}, apiServerEndpoint: "a:1", unsafeSkipCAVerification: true}\n`;
const adminConf =
  "apiVersion: v1\nkind: Config\nclusters:\n- name: k\n  cluster: {server: https://a}\ncontexts:\n- name: c\n  context: {cluster: k, user: u}\ncurrent-context: c\nusers:\n- name: u\n  user: {token: t}\n";

function resolve(flags: Partial<JoinFlags>, seed: MemorySeed = {}, accepted: readonly string[] = joinFlagNames) {
  const events: Event[] = [];
  const host = memoryHost({ network: { defaultRoutes: { IPv4: ["eth0"] } }, ...seed });
  const ports = {
    ...host,
    events: eventsTo(
      (event) => events.push(event),
      () => host.clock.now(),
    ),
    signal: new AbortController().signal,
  };
  return { events, options: resolveJoinOptions({ given: [], accepted, ...flags }, ports) };
}

const joined = (flags: Partial<JoinFlags> = {}): Partial<JoinFlags> => ({
  apiServerEndpoint: "192.0.2.1:6443",
  token: new Secret(tokenA),
  ...unsafe,
  ...flags,
});

describe("resolveJoinOptions: tokens", () => {
  it.each([
    ["--token serves for both", { token: tokenA }, tokenA, tokenA],
    ["--discovery-token outranks --token for both", { discoveryToken: tokenA, token: tokenB }, tokenA, tokenA],
    [
      "--tls-bootstrap-token stands for the bootstrap only",
      { tlsBootstrapToken: tokenA, token: tokenB },
      tokenB,
      tokenA,
    ],
    ["--discovery-token alone serves for both", { discoveryToken: tokenA }, tokenA, tokenA],
  ])("%s", async (_, tokens, discovery, tls) => {
    const secrets = Object.fromEntries(Object.entries(tokens).map(([name, value]) => [name, new Secret(value)]));
    const { configuration } = await resolve({ apiServerEndpoint: "a:1", ...unsafe, ...secrets }).options;
    expect(configuration.discovery.bootstrapToken?.token.reveal()).toBe(discovery);
    expect(configuration.discovery.tlsBootstrapToken?.reveal()).toBe(tls);
  });

  it("needs more than a token", async () => {
    await expect(resolve({ token: new Secret(tokenA) }).options).rejects.toThrow(
      'discovery: Invalid value: "": bootstrapToken or file must be set',
    );
  });

  it("takes an empty endpoint for a given one", async () => {
    await expect(resolve(joined({ apiServerEndpoint: "" })).options).rejects.toThrow(
      '[discovery.bootstrapToken: Required value: APIServerEndpoint is not set, discovery.bootstrapToken.apiServerEndpoint: Invalid value: "": missing port in address]',
    );
  });

  it("passes the pins on", async () => {
    const { configuration } = await resolve(joined({ discoveryTokenCaCertHash: [pin] })).options;
    expect(configuration.discovery.bootstrapToken?.caCertHashes).toEqual([pin]);
  });

  it("turns a file URL into a path", async () => {
    const seed = { files: { "/root/d.conf": "x" } };
    const { configuration } = await resolve({ discoveryFile: "file:///root/d.conf" }, seed).options;
    expect(configuration.discovery.file).toEqual({ kubeConfigPath: "/root/d.conf" });
  });
});

describe("resolveJoinOptions: flags beside --config", () => {
  const seed = { files: { "/root/join.yaml": file } };

  it("refuses those that the file has its say in, sorted, before it opens the file", async () => {
    const given = ["config", "token", "vmodule", "control-plane", "skip-phases", "node-name", "patches", "v"];
    await expect(resolve({ config: "/none", given }).options).rejects.toMatchObject({
      code: "USAGE",
      message: "can not mix '--config' with arguments [control-plane patches token vmodule]",
    });
  });

  it("lets --node-name outrank the file, in lower case", async () => {
    const flags = { config: "/root/join.yaml", nodeName: "W1", given: ["config", "node-name"] };
    const { configuration } = await resolve(flags, seed).options;
    expect(configuration.nodeRegistration.name).toBe("w1");
  });

  it("refuses a --node-name that no Node can have", async () => {
    const flags = { config: "/root/join.yaml", nodeName: "w_1", given: ["config", "node-name"] };
    await expect(resolve(flags, seed).options).rejects.toThrow(
      'nodeRegistration.name: Invalid value: "w_1": a lowercase',
    );
  });

  it("ignores the positional endpoint", async () => {
    const flags = { config: "/root/join.yaml", apiServerEndpoint: "b:2", given: ["config"] };
    const { configuration } = await resolve(flags, seed).options;
    expect(configuration.discovery.bootstrapToken?.apiServerEndpoint).toBe("a:1");
  });

  it.each([
    ["the flag beats the file", { dryRun: false }, { dryRun: false, needsDryRunDirectory: true }],
    ["the file counts without the flag", {}, { dryRun: true, needsDryRunDirectory: true }],
  ])("dry run: %s", async (_, flags, expected) => {
    const config = { config: "/root/join.yaml", given: ["config"] };
    const files = { "/root/join.yaml": `${file}dryRun: true\nskipPhases: [a]\npatches: {directory: /p}\n` };
    const options = await resolve({ ...config, ...flags }, { files }).options;
    expect(options).toMatchObject({ ...expected, skipPhases: ["a"], patchesDirectory: "/p" });
  });

  it("lets --skip-phases replace the file's list", async () => {
    const files = { "/root/join.yaml": `${file}skipPhases: [a]\n` };
    const options = await resolve({ config: "/root/join.yaml", skipPhases: ["b"], given: ["config"] }, { files })
      .options;
    expect(options.skipPhases).toEqual(["b"]);
  });

  it("joins the checks to ignore, in lower case and sorted", async () => {
    const files = { "/root/join.yaml": `${file}nodeRegistration: {ignorePreflightErrors: [Swap, cri]}\n` };
    const flags = { config: "/root/join.yaml", ignorePreflightErrors: ["NumCPU", "swap"], given: ["config"] };
    expect((await resolve(flags, { files }).options).ignorePreflightErrors).toEqual(["cri", "numcpu", "swap"]);
  });
});

describe("resolveJoinOptions: control plane", () => {
  it("completes the endpoint from the default route", async () => {
    const { configuration } = await resolve(joined({ controlPlane: true })).options;
    expect(configuration.controlPlane?.localAPIEndpoint).toEqual({ advertiseAddress: "192.0.2.10", bindPort: 6443 });
  });

  it("asks for no address of a worker, where none can be chosen for an API server", async () => {
    const linkLocal = { interface: "eth0", address: "fe80::1", family: "IPv6", internal: false } as const;
    const seed = { network: { addresses: [linkLocal], defaultRoutes: { IPv6: ["eth0"] } } };
    const worker = resolve(joined({ nodeName: "w1" }), seed);
    expect((await worker.options).configuration.controlPlane).toBeUndefined();
    expect(worker.events).toEqual([]);
    await expect(resolve(joined({ nodeName: "w1", controlPlane: true }), seed).options).rejects.toMatchObject({
      remedy: expect.stringContaining("--apiserver-advertise-address"),
    });
  });

  it("warns of flags that mean nothing for a worker", async () => {
    const { events, options } = resolve(joined({ apiserverBindPort: 1234 }));
    expect((await options).configuration.controlPlane).toBeUndefined();
    expect(events.filter(({ type }) => type === "warning")).toEqual([
      expect.objectContaining({
        area: "preflight",
        message: expect.stringContaining("--control-plane is also required"),
      }),
    ]);
  });

  it.each([
    ["224.0.0.1", 'cannot use "224.0.0.1" as the bind address for the API Server'],
    ["fe80::1", 'cannot use "fe80::1" as the bind address for the API Server'],
  ])("refuses %s as address", async (apiserverAdvertiseAddress, message) => {
    await expect(resolve(joined({ controlPlane: true, apiserverAdvertiseAddress })).options).rejects.toThrow(message);
  });

  it("refuses a machine without default route", async () => {
    const { events, options } = resolve(joined({ controlPlane: true }), {
      network: { defaultRoutes: { IPv4: [], IPv6: [] } },
    });
    await expect(options).rejects.toThrow('cannot use "0.0.0.0" as the bind address for the API Server');
    expect(
      events.some((event) => event.type === "warning" && /could not obtain a bind address/.test(event.message)),
    ).toBe(true);
  });

  it("gathers port and key that are wrong", async () => {
    const flags = joined({ controlPlane: true, apiserverBindPort: 99_999, certificateKey: new Secret("zz") });
    await expect(resolve(flags).options).rejects.toThrow(
      "[controlPlane.localAPIEndpoint.bindPort: Invalid value: 99999: port number is not valid, controlPlane.certificateKey: Invalid value: \"zz\": certificate key decoding error: encoding/hex: invalid byte: U+007A 'z']",
    );
  });

  it("takes an existing admin.conf instead of discovery, only with the flag", async () => {
    const seed = { files: { "/etc/kubernetes/admin.conf": adminConf }, network: { defaultRoutes: { IPv4: ["eth0"] } } };
    expect((await resolve(joined({ controlPlane: true }), seed).options).adminKubeconfig?.currentContext).toBe("c");
    expect((await resolve(joined(), seed).options).adminKubeconfig).toBeUndefined();
  });

  it("names an admin.conf that cannot be used", async () => {
    const seed = { files: { "/etc/kubernetes/admin.conf": "a: [" } };
    await expect(resolve(joined({ controlPlane: true }), seed).options).rejects.toMatchObject({
      message: expect.stringMatching(/^Error loading \/etc\/kubernetes\/admin.conf: /),
    });
  });
});

describe("resolveJoinOptions: single phases", () => {
  const accepted = ["config", "control-plane", "dry-run"];

  it("discovers by admin.conf where the phase has no discovery flags", async () => {
    const seed = { files: { "/etc/kubernetes/admin.conf": adminConf } };
    const { configuration } = await resolve({}, seed, accepted).options;
    expect(configuration.discovery).toEqual({ file: { kubeConfigPath: "/etc/kubernetes/admin.conf" } });
  });

  it("asks for admin.conf where there is none", async () => {
    await expect(resolve({}, {}, accepted).options).rejects.toThrow(
      "File /etc/kubernetes/admin.conf does not exists. Please use 'kubeadm join phase control-plane-prepare' subcommands to generate it.",
    );
  });

  it("does not look for container runtimes without --cri-socket", async () => {
    const sockets = ["/var/run/containerd/containerd.sock", "/var/run/crio/crio.sock"];
    const seed = { files: { "/etc/kubernetes/admin.conf": adminConf }, network: { sockets } };
    const { configuration } = await resolve({}, seed, accepted).options;
    expect(configuration.nodeRegistration.criSocket).toBe("unix:///var/run/containerd/containerd.sock");
  });
});

describe("resolveJoinOptions: checks to ignore", () => {
  it("refuses others beside all", async () => {
    await expect(resolve(joined({ ignorePreflightErrors: ["All", "swap"] })).options).rejects.toThrow(
      "ignore-preflight-errors: Invalid value: \"all,swap\": don't specify individual checks if 'all' is used",
    );
  });
});
