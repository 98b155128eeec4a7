import { describe, expect, it } from "vitest";
import { kubeadm, machine, pki, without } from "../../../../test/support/certs/machine-in-memory.ts";

/** Each says what happens when it does not run alone on what is there already; the CA's key is with someone else. */
const phases = [
  "preflight",
  "certs all",
  "certs ca",
  "certs sa",
  "kubeconfig all",
  "kubeconfig scheduler",
  "etcd local",
  "control-plane all",
  "control-plane scheduler",
  "kubelet-start",
  "upload-certs",
  "upload-config all",
  "mark-control-plane",
  "bootstrap-token",
  "addon all",
];

describe("an external CA that has not signed everything", () => {
  const incomplete = () => without("pki/ca.key", "pki/apiserver.crt");

  it.each(phases)("is refused before init phase %s does anything", async (phase) => {
    const files = incomplete();
    const outcome = await kubeadm(`init phase ${phase} --config /c.yaml`, { files });
    expect(outcome).toMatchObject({ status: 1, stdout: "" });
    expect(outcome.stderr).toMatch(/^error: invalid or incomplete external CA: .*apiserver\.crt/);
    expect(outcome.stderr).toContain("\ncode: EXTERNAL_CA_INCOMPLETE\n");
    expect(outcome.files).toEqual(files);
  });

  it("is refused before an init says which version it makes", async () => {
    const { status, stdout } = await kubeadm("init --config /c.yaml", { files: incomplete() });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  });
});

describe("an external CA whose kubeconfigs are not all there", () => {
  it("is refused before manifests are written", async () => {
    const files = without("pki/ca.key", "scheduler.conf");
    const outcome = await kubeadm("init phase control-plane all --config /c.yaml", { files });
    expect(outcome).toMatchObject({ status: 1, stdout: "" });
    expect(outcome.stderr).toContain("scheduler.conf");
    expect(outcome.files).toEqual(files);
  });
});

describe("service account keys under an external CA", () => {
  it("are used as they are", async () => {
    const files = without("pki/ca.key");
    const outcome = await kubeadm("init phase certs sa --config /c.yaml", { files });
    expect(outcome).toMatchObject({ status: 0, stdout: "[certs] Using existing sa keys\n" });
    expect(outcome.stderr).not.toContain("service account");
    expect(outcome.files).toEqual(files);
  });

  it("are not made where they are missing, with a warning", async () => {
    const files = without("pki/ca.key", "pki/sa.key", "pki/sa.pub");
    const outcome = await kubeadm("init phase certs all --config /c.yaml", { files });
    expect(outcome.status).toBe(0);
    expect(outcome.stdout).toContain("[certs] Using existing sa keys\n");
    expect(outcome.stderr).toContain(
      `[certs] the CA is external, so no service account keys are created, but: couldn't load the private key file ${pki}/sa.key`,
    );
    expect(outcome.files).toEqual(files);
  });

  it("are made where only the front proxy's CA is external", async () => {
    const files = without("pki/front-proxy-ca.key", "pki/sa.key", "pki/sa.pub");
    const outcome = await kubeadm("init phase certs sa --config /c.yaml", { files });
    expect(outcome).toMatchObject({ status: 0, stdout: '[certs] Generating "sa" key and public key\n' });
    expect(Object.keys(outcome.files).sort()).toEqual(
      Object.keys(machine)
        .filter((path) => !path.endsWith("front-proxy-ca.key"))
        .sort(),
    );
  });
});
