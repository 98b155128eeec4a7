import { describe, expect, it } from "vitest";
import { isKubeadmError, type KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Event } from "../../../events/event.ts";
import { eventsTo } from "../../../events/events.ts";
import { type MemorySeed, memoryHost } from "../../../host/memory.ts";
import { loadJoinConfiguration } from "./load-join-configuration.ts";

const head = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\n";
const pin = `sha256:${"a".repeat(64)}`;
const tokenDiscovery = `discovery:\n  bootstrapToken:\n    token: abcdef.0123456789abcdef\n    apiServerEndpoint: 192.0.2.1:6443\n    caCertHashes: ["${pin}"]\n`;
const unset = 'discovery: Invalid value: "": bootstrapToken or file must be set';

async function load(text: string, seed: MemorySeed = {}) {
  const warnings: string[] = [];
  const host = memoryHost({ ...seed, files: { "/root/join.yaml": text, ...seed.files } });
  const sink = (event: Event) => {
    if (event.type !== "warning") return;
    const { area, message, more = [] } = event;
    warnings.push([area === undefined ? message : `[${area}] ${message}`, ...more].join("\n"));
  };
  const ports = { ...host, events: eventsTo(sink, () => host.clock.now()), signal: new AbortController().signal };
  try {
    const options = { detectsCriSocket: true };
    return { configuration: await loadJoinConfiguration("/root/join.yaml", options, ports), warnings };
  } catch (error) {
    if (!isKubeadmError(error)) throw error;
    return { error, warnings };
  }
}

async function failure(text: string, seed: MemorySeed = {}): Promise<KubeadmError> {
  const { error } = await load(text, seed);
  if (error === undefined) throw new Error("expected a failure");
  return error;
}

describe("loadJoinConfiguration", () => {
  it("fills in defaults, and what depends on the machine", async () => {
    const { configuration, warnings } = await load(head + tokenDiscovery, { machine: { hostname: " Node-7\n" } });
    expect(warnings).toEqual([]);
    expect(configuration).toMatchObject({
      dryRun: false,
      caCertPath: "/etc/kubernetes/pki/ca.crt",
      nodeRegistration: {
        name: "node-7",
        criSocket: "unix:///var/run/containerd/containerd.sock",
        imagePullPolicy: "IfNotPresent",
        imagePullSerial: true,
        kubeletExtraArgs: [],
      },
      skipPhases: [],
      timeouts: { discovery: 300_000, kubernetesAPICall: 60_000 },
    });
    expect(configuration?.nodeRegistration.taints).toBeUndefined();
    expect(configuration?.controlPlane).toBeUndefined();
    expect(configuration?.discovery.tlsBootstrapToken?.reveal()).toBe("abcdef.0123456789abcdef");
  });

  it("takes an empty controlPlane for a control plane, with address and taint", async () => {
    const { configuration } = await load(`${head}${tokenDiscovery}controlPlane: {}\n`, {
      network: { defaultRoutes: { IPv4: ["eth0"] } },
    });
    expect(configuration?.controlPlane?.localAPIEndpoint).toEqual({ advertiseAddress: "192.0.2.10", bindPort: 6443 });
    expect(configuration?.nodeRegistration.taints).toEqual([
      { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
    ]);
  });

  it("keeps an empty list of taints, which means none", async () => {
    const { configuration } = await load(`${head}${tokenDiscovery}controlPlane: {}\nnodeRegistration: {taints: []}\n`, {
      network: { defaultRoutes: { IPv4: ["eth0"] } },
    });
    expect(configuration?.nodeRegistration.taints).toEqual([]);
  });

  it("keeps a time limit of 0s and defaults only the missing ones", async () => {
    const { configuration } = await load(`${head}${tokenDiscovery}timeouts: {discovery: 0s, tlsBootstrap: 1m30s}\n`);
    expect(configuration?.timeouts).toMatchObject({ discovery: 0, tlsBootstrap: 90_000, kubeletHealthCheck: 240_000 });
  });

  it("reads v1beta3, telling that it is old", async () => {
    const text = `${head.replace("v1beta4", "v1beta3")}${tokenDiscovery}  timeout: 30s\nnodeRegistration:\n  kubeletExtraArgs: {b: "1", a: "2"}\n`;
    const { configuration, warnings } = await load(text);
    expect(configuration?.timeouts.discovery).toBe(30_000);
    expect(configuration?.nodeRegistration.kubeletExtraArgs).toEqual([
      { name: "a", value: "2" },
      { name: "b", value: "1" },
    ]);
    expect(warnings).toEqual([
      expect.stringMatching(/^your configuration file uses a deprecated API spec: "kubeadm.k8s.io\/v1beta3"/),
    ]);
  });

  it.each([
    ["nothing to discover with", head, unset],
    [
      "both ways to discover",
      `${head}discovery:\n  file: {kubeConfigPath: ""}\n  bootstrapToken: {token: nope, apiServerEndpoint: a}\n`,
      '[discovery: Invalid value: "": bootstrapToken and file cannot both be set, discovery.bootstrapToken.caCertHashes: Invalid value: "": using token-based discovery without caCertHashes can be unsafe. Set unsafeSkipCAVerification as true in your kubeadm config file or pass --discovery-token-unsafe-skip-ca-verification flag to continue, discovery.bootstrapToken.token: Invalid value: "nope": the bootstrap token is invalid, discovery.bootstrapToken.apiServerEndpoint: Invalid value: "a": address a: missing port in address, discovery.tlsBootstrapToken: Invalid value: "nope": the bootstrap token is invalid, discovery.file.kubeConfigPath: Invalid value: "": not a valid HTTPS URL or a file on disk]',
    ],
    [
      "an empty bootstrapToken",
      `${head}discovery: {bootstrapToken: {}}\n`,
      '[discovery.bootstrapToken: Required value: APIServerEndpoint is not set, discovery.bootstrapToken.caCertHashes: Invalid value: "": using token-based discovery without caCertHashes can be unsafe. Set unsafeSkipCAVerification as true in your kubeadm config file or pass --discovery-token-unsafe-skip-ca-verification flag to continue, discovery.bootstrapToken.token: Invalid value: "": the bootstrap token is invalid, discovery.bootstrapToken.apiServerEndpoint: Invalid value: "": missing port in address, discovery.tlsBootstrapToken: Invalid value: "": the bootstrap token is invalid]',
    ],
    [
      "many things",
      `${head}discovery:\n  tlsBootstrapToken: x\n  file: {kubeConfigPath: /none}\nnodeRegistration:\n  imagePullPolicy: Foo\n  kubeletExtraArgs:\n  - value: a\n  - value: b\ncaCertPath: foo.pem\ncontrolPlane:\n  certificateKey: zz\n  localAPIEndpoint: {bindPort: 0, advertiseAddress: 10.0.0.1}\n`,
      '[discovery.file.kubeConfigPath: Invalid value: "/none": not a valid HTTPS URL or a file on disk, discovery.tlsBootstrapToken: Invalid value: "x": the bootstrap token is invalid, nodeRegistration.kubeletExtraArgs: Invalid value: "index 0": argument has no name, nodeRegistration.kubeletExtraArgs: Invalid value: "index 1": argument has no name, nodeRegistration.imagePullPolicy: Invalid value: "Foo": invalid pull policy, controlPlane.certificateKey: Invalid value: "zz": certificate key decoding error: encoding/hex: invalid byte: U+007A \'z\', caCertPath: Invalid value: "foo.pem": the ca certificate path must be an absolute path]',
    ],
    [
      "an endpoint with a password",
      `${head}${tokenDiscovery.replace("192.0.2.1:6443", '"https://me:secret@192.0.2.1:6443"')}`,
      'discovery.bootstrapToken.apiServerEndpoint: Invalid value: "https://xxxxx@192.0.2.1:6443": address https://xxxxx@192.0.2.1:6443: too many colons in address',
    ],
    [
      "an endpoint with a user",
      `${head}${tokenDiscovery.replace("192.0.2.1:6443", '"secret@192.0.2.1:6443"')}`,
      "discovery.bootstrapToken.apiServerEndpoint: Invalid value: \"xxxxx@192.0.2.1:6443\": host 'xxxxx@192.0.2.1' must be a valid IP address or a valid RFC-1123 DNS subdomain",
    ],
    [
      "an http URL",
      `${head}discovery: {file: {kubeConfigPath: "http://x/y"}}\n`,
      'discovery.file.kubeConfigPath: Invalid value: "http://x/y": if a URL is used, the scheme must be https',
    ],
    [
      "an advertise address that is not one",
      `${head}${tokenDiscovery}controlPlane: {localAPIEndpoint: {advertiseAddress: 1.2.3}}\n`,
      'couldn\'t use "1.2.3" as "apiserver-advertise-address", must be ipv4 or ipv6 address',
    ],
    [
      "a value of a wrong type",
      `${head}discovery: 5\n`,
      "json: cannot unmarshal number into Go struct field JoinConfiguration.discovery of type v1beta4.Discovery",
    ],
    [
      "an unknown version",
      "apiVersion: kubeadm.k8s.io/v9\nkind: JoinConfiguration\n",
      'no kind "JoinConfiguration" is registered for version "kubeadm.k8s.io/v9"',
    ],
    ["an empty file", "", "no JoinConfiguration found in the supplied config"],
    [
      "a file of comments",
      "# only\n",
      "invalid configuration for GroupVersionKind /, Kind=: kind and apiVersion is mandatory information that must be specified",
    ],
    [
      "a ConfigMap",
      "apiVersion: v1\nkind: ConfigMap\n",
      "invalid configuration for GroupVersionKind /v1, Kind=ConfigMap: kind and apiVersion is mandatory information that must be specified",
    ],
    [
      "two of a kind",
      `${head}---\n${head}`,
      'invalid configuration: kind "JoinConfiguration" is specified twice in YAML file',
    ],
    ["a bad separator", `${head}--- foo\n`, "invalid Yaml document separator: foo"],
    ["a bad group and version", "apiVersion: a/b/c\nkind: X\n", "unexpected GroupVersion string: a/b/c"],
    [
      "a list",
      "[]\n",
      "could not interpret GroupVersionKind; unmarshal error: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type runtime.TypeMeta",
    ],
    [
      "no YAML",
      "a: [\n",
      "could not interpret GroupVersionKind; unmarshal error: error converting YAML to JSON: yaml: line 1: did not find expected node content",
    ],
  ])("refuses %s with upstream's words", async (_, text, message) => {
    const error = await failure(text);
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.message).toBe(message);
  });

  it.each([
    ["v1beta2", "v1.22"],
    ["v1alpha1", "v1.11"],
  ])("refuses %s and names the release that converts it", async (version, release) => {
    const error = await failure(head.replace("v1beta4", version));
    expect(error.code).toBe("CONFIG_UNSUPPORTED");
    expect(error.message).toBe(
      `your configuration file uses an old API spec: "kubeadm.k8s.io/${version}" (kind: "JoinConfiguration"). Please use kubeadm ${release} instead and run 'kubeadm config migrate --old-config old-config-file --new-config new-config-file', which will write the new, similar spec using a newer API version.`,
    );
  });

  it("refuses the experimental version", async () => {
    expect((await failure(head.replace("v1beta4", "v1"))).message).toBe(
      'experimental API spec: "kubeadm.k8s.io/v1" (kind: "JoinConfiguration") is not allowed. You can use the --allow-experimental-api flag if the command supports it.',
    );
  });

  it("says where a file cannot be read", async () => {
    const host = memoryHost();
    const ports = {
      ...host,
      events: eventsTo(
        () => undefined,
        () => new Date(),
      ),
      signal: new AbortController().signal,
    };
    await expect(loadJoinConfiguration("/none.yaml", { detectsCriSocket: true }, ports)).rejects.toMatchObject({
      code: "CONFIG_UNREADABLE",
      message: 'unable to read config from "/none.yaml" : open /none.yaml: no such file or directory',
    });
  });

  it("reports documents of other kinds and continues", async () => {
    const { configuration, warnings } = await load(
      `apiVersion: foo.example/v1\nkind: Bar\n---\n${head}${tokenDiscovery}`,
    );
    expect(configuration).toBeDefined();
    expect(warnings).toEqual([
      "[config] WARNING: Ignored configuration document with GroupVersionKind foo.example/v1, Kind=Bar",
    ]);
  });

  it("shortens the report of very many unknown fields", async () => {
    const flood = Array.from({ length: 5_000 }, (_, index) => `field${index}: 1\nfield${index}: 2\n`).join("");
    const { warnings } = await load(`${head}${tokenDiscovery}${flood}`);
    expect(warnings.length).toBeLessThan(60);
    expect(warnings.at(-1)).toMatch(/^\d+ more fields? (?:is|are) unknown or duplicate$/);
    expect(warnings.join("\n").split("\n").length).toBeLessThan(120);
  });

  it("reports unknown and duplicate fields with file, line and the closest known name", async () => {
    const { configuration, warnings } = await load(
      `---\n${head}dryRun: true\ndryRun: false\n${tokenDiscovery}nodeRegistraton: {}\n`,
    );
    expect(configuration?.dryRun).toBe(false);
    expect(warnings).toEqual([
      'error unmarshaling configuration schema.GroupVersionKind{Group:"kubeadm.k8s.io", Version:"v1beta4", Kind:"JoinConfiguration"}: strict decoding error: yaml: unmarshal errors:\n  line 4: key "dryRun" already set in map, unknown field "nodeRegistraton"',
      '/root/join.yaml:5: key "dryRun" is duplicate; the last one is used',
      '/root/join.yaml:11: unknown field "nodeRegistraton" is ignored; did you mean "nodeRegistration"?',
    ]);
  });

  it("names file and line of every field that is wrong", async () => {
    const error = await failure(
      `${head}discovery:\n  bootstrapToken:\n    token: nope\n    apiServerEndpoint: a:1\n    unsafeSkipCAVerification: true\ncaCertPath: x\n`,
    );
    expect(error.details["fields"]).toEqual([
      { path: "discovery.bootstrapToken.token", line: 5, message: expect.stringContaining("nope") },
      { path: "discovery.tlsBootstrapToken", line: 3, message: expect.stringContaining("nope") },
      { path: "caCertPath", line: 8, message: expect.stringContaining("absolute path") },
    ]);
    expect(error.remedy).toContain("/root/join.yaml:5 (discovery.bootstrapToken.token)");
  });

  it("shows neither tokens nor keys that are nearly right", async () => {
    const error = await failure(
      `${head}discovery:\n  bootstrapToken: {token: abcdef.0123456789abcdeX, apiServerEndpoint: "a:1", unsafeSkipCAVerification: true}\ncontrolPlane: {certificateKey: ${"ab".repeat(31)}, localAPIEndpoint: {advertiseAddress: 10.0.0.1}}\n`,
    );
    expect(JSON.stringify([error.message, error.details])).not.toMatch(/0123456789|abababab/);
    expect(error.message).toContain("invalid certificate key size 31");
  });

  it("asks which container runtime is meant when several answer", async () => {
    const sockets = ["/var/run/containerd/containerd.sock", "/var/run/crio/crio.sock"];
    const error = await failure(head + tokenDiscovery, { network: { sockets } });
    expect(error.message).toMatch(
      /^found multiple CRI endpoints on the host\..*containerd.sock, unix:\/\/\/var\/run\/crio\/crio.sock$/,
    );
  });

  it("takes the only runtime that answers", async () => {
    const { configuration } = await load(head + tokenDiscovery, { network: { sockets: ["/var/run/crio/crio.sock"] } });
    expect(configuration?.nodeRegistration.criSocket).toBe("unix:///var/run/crio/crio.sock");
  });

  it("puts a scheme in front of a bare socket path, with a warning", async () => {
    const { configuration, warnings } = await load(
      `${head}${tokenDiscovery}nodeRegistration: {criSocket: /run/x.sock}\n`,
    );
    expect(configuration?.nodeRegistration.criSocket).toBe("unix:///run/x.sock");
    expect(warnings).toEqual([
      expect.stringContaining('Automatically prepending scheme "unix" to the "criSocket" with value "/run/x.sock"'),
    ]);
  });
});

describe("a JoinConfiguration that cannot be decoded", () => {
  it("is refused with its first problem, as Go does it; the others are in the details", async () => {
    const { message, details, remedy } = await failure(`${head}dryRun: 5\ncaCertPath: [a]\n`);
    expect(message).toBe(
      "json: cannot unmarshal array into Go struct field JoinConfiguration.caCertPath of type string",
    );
    expect(details).toMatchObject({ fields: [{ path: "caCertPath" }, { path: "dryRun" }] });
    expect(remedy).toContain("/root/join.yaml:4 (caCertPath), /root/join.yaml:3 (dryRun)");
  });

  it("is JSON where it begins with a brace, and nothing may stand behind it", async () => {
    const json = '{"apiVersion":"kubeadm.k8s.io/v1beta4","kind":"JoinConfiguration"}';
    expect(await failure(`${json}\n${json}\n`)).toMatchObject({
      code: "CONFIG_INVALID",
      message: "couldn't get version/kind; json parse error: invalid character '{' after top-level value",
      details: { file: "/root/join.yaml", line: 2 },
    });
  });
});
