import { describe, expect, it } from "vitest";
import { memoryPorts } from "../../../../test/fixtures/cli/memory-ports.ts";
import { errorCatalogue } from "../../../errors/catalogue.ts";
import { main } from "../../main.ts";

async function kubeadm(...words: readonly string[]) {
  const ports = memoryPorts({});
  const status = await main(words, ports);
  return { status, stdout: ports.stdout.text(), stderr: ports.stderr.text() };
}

describe("kubeadm explain", () => {
  it("lists the kinds", async () => {
    const { status, stdout } = await kubeadm("explain");
    expect(status).toBe(0);
    expect(stdout).toContain("  JoinConfiguration       kubeadm.k8s.io/v1beta4\n");
    expect(stdout).toContain("  JoinConfiguration       kubeadm.k8s.io/v1beta3 (deprecated)\n");
  });

  it("shows the fields of a kind, and which are required", async () => {
    const { stdout } = await kubeadm("explain", "joinconfiguration");
    expect(stdout).toMatch(/^KIND: {7}JoinConfiguration\nVERSION: {4}kubeadm\.k8s\.io\/v1beta4\n\nFIELDS:\n/);
    expect(stdout).toContain("  discovery\t<Discovery> -required-\n");
    expect(stdout).toContain("  skipPhases\t<[]string>\n");
  });

  it("shows type, values, default, version and how to change a field", async () => {
    const { stdout } = await kubeadm("explain", "InitConfiguration.nodeRegistration.imagePullSerial");
    expect(stdout).toBe(`KIND:       InitConfiguration
VERSION:    kubeadm.k8s.io/v1beta4

FIELD: imagePullSerial <boolean>

DEFAULT:
    true
SINCE:
    v1beta4
CHANGE LATER:
    Applies to this run only.

DESCRIPTION:
    Pull images one after the other. With false, they are pulled in parallel.
`);
    const { stdout: policy } = await kubeadm("explain", "InitConfiguration.nodeRegistration.imagePullPolicy");
    expect(policy).toContain("ENUM:\n    Always, IfNotPresent, Never\n");
    expect(policy).not.toContain("SINCE");
  });

  it.each([
    ["a list", "ClusterConfiguration.apiServer.extraArgs.name", "FIELD: name <string>"],
    ["a map", "ClusterConfiguration.featureGates", "FIELD: featureGates <map[string]boolean>"],
    ["a duration", "JoinConfiguration.timeouts.discovery", "FIELD: discovery <Duration>"],
    ["a time", "InitConfiguration.bootstrapTokens.expires", "FIELD: expires <Time>"],
    ["a component", "KubeletConfiguration.evictionHard", "FIELD: evictionHard <map[string]string>"],
    ["Kubernetes' core API", "ClusterConfiguration.apiServer.extraEnvs.valueFrom.secretKeyRef", "<SecretKeySelector>"],
  ])("follows a path through %s", async (_, path, line) => {
    const { status, stdout } = await kubeadm("explain", path);
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining(line) });
  });

  it("explains an older version, and what replaces its fields", async () => {
    const { stdout } = await kubeadm("explain", "JoinConfiguration.discovery.timeout", "--api-version", "v1beta3");
    expect(stdout).toContain("DEPRECATED: upstream reads this version up to 1.36.");
    expect(stdout).toContain("DEPRECATED:\n    use timeouts.discovery of v1beta4\n");
  });

  it.each(["DISCOVERY_UNREACHABLE", "discovery_unreachable"])("explains the error code %s", async (code) => {
    const { summary, remedy } = errorCatalogue.DISCOVERY_UNREACHABLE;
    const { status, stdout } = await kubeadm("explain", code);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ERROR: {6}DISCOVERY_UNREACHABLE\n\nMEANING:\n {4}.*\n\nWHAT TO DO:\n {4}/);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(`${summary} WHAT TO DO: ${remedy}`);
  });

  it("explains every error code, within 80 columns unless one word is longer", async () => {
    for (const code of Object.keys(errorCatalogue)) {
      const { status, stdout } = await kubeadm("explain", code);
      expect(status, code).toBe(0);
      expect(stdout.split("\n").filter((line) => line.length > 80 && line.trim().includes(" "))).toEqual([]);
    }
  });

  it.each([
    [
      "an error code",
      ["DISCOVERY_UNREACHABEL"],
      'there is no error code "DISCOVERY_UNREACHABEL"',
      "Did you mean DISCOVERY_UNREACHABLE?",
    ],
    ["a kind", ["JoinConfigration"], 'there is no kind "JoinConfigration"', "Did you mean JoinConfiguration?"],
    [
      "a field",
      ["ClusterConfiguration.apiserver"],
      'there is no field "apiserver" in "ClusterConfiguration"',
      "Did you mean apiServer?",
    ],
    ["a field of a value", ["ClusterConfiguration.clusterName.x"], 'there is no field "x"', "It has no fields."],
    ["an inherited name", ["ClusterConfiguration.constructor"], 'there is no field "constructor"', "Known names:"],
    [
      "a version",
      ["JoinConfiguration", "--api-version", "v1beta2"],
      'there is no version "v1beta2" of JoinConfiguration',
      "Known names: kubeadm.k8s.io/v1beta4",
    ],
  ])("names what is near if %s does not exist", async (_, words, message, remedy) => {
    const { status, stdout, stderr } = await kubeadm("explain", ...words);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(`error: ${message}`);
    expect(stderr.replace(/\s+/g, " ")).toContain(remedy);
  });

  it("stays within 80 columns", async () => {
    for (const kind of ["InitConfiguration", "ClusterConfiguration", "KubeletConfiguration"]) {
      const { stdout } = await kubeadm("explain", kind);
      expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    }
  });
});

describe("kubeadm config schema", () => {
  it("prints the schema of a kind, with descriptions, defaults and enumerations", async () => {
    const { status, stdout } = await kubeadm("config", "schema", "JoinConfiguration");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      required: ["apiVersion", "kind", "discovery"],
      additionalProperties: false,
      properties: {
        apiVersion: { const: "kubeadm.k8s.io/v1beta4" },
        timeouts: { properties: { discovery: { default: "5m0s", description: expect.stringContaining("5m0s") } } },
        nodeRegistration: { properties: { imagePullPolicy: { enum: expect.arrayContaining(["Always"]) } } },
      },
    });
  });

  it("prints one schema of all kinds", async () => {
    const { stdout } = await kubeadm("config", "schema");
    expect(Object.keys(JSON.parse(stdout).$defs)).toContain("kubeadm.k8s.io.v1beta4.ClusterConfiguration");
  });

  it("is named in the first line of printed defaults, for editors", async () => {
    const { stdout } = await kubeadm("config", "print", "reset-defaults", "--schema-comment");
    expect(stdout).toMatch(
      /^# yaml-language-server: \$schema=\/usr\/share\/kubeadm\/kubeadm\.schema\.json\napiVersion/,
    );
    const { stdout: other } = await kubeadm("config", "print", "reset-defaults", "--schema-comment=./a\nb.json");
    expect(other.split("\n")[1]).toMatch(/^apiVersion: /);
  });
});
