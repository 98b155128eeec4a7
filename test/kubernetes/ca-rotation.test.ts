// A cluster on its way from one CA to the next: both are in cluster-info, and the API server's certificate is of either.
import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { publicKeyPin } from "../../src/pki/certificate.ts";
import { type CertificateAuthority, issueCertificate } from "../../src/pki/x509.ts";
import { testAuthority } from "../fixtures/pki/authority.ts";
import { createToken, eventually } from "../support/join/cluster-actions.ts";
import { isRefused, join, joins } from "../support/join/joining.ts";
import { type LabStage, labStage } from "../support/join/lab-stage.ts";

const pki = "/etc/kubernetes/pki";
const clusterInfoPath = "/api/v1/namespaces/kube-public/configmaps/cluster-info";
const base64 = (text: string) => Buffer.from(text).toString("base64");
const trusting = (text: string, bundle: string) =>
  text.replace(/certificate-authority-data: .*/, `certificate-authority-data: ${base64(bundle)}`);

describe("A cluster that replaces its CA", () => {
  let stage: LabStage;
  let next: CertificateAuthority;
  let foreign: CertificateAuthority;
  let bundle: string;
  const pinOf = ({ certificate }: CertificateAuthority) => publicKeyPin(certificate);

  beforeAll(async () => {
    stage = await labStage("ca-rotation");
    [next, foreign] = await Promise.all([testAuthority(), testAuthority()]);
    bundle = stage.cluster.caCertificatePem + next.certificatePem;
    const clusterInfo = (await stage.cluster.request("GET", clusterInfoPath)) as { data: { kubeconfig: string } };
    const kubeconfig = trusting(clusterInfo.data.kubeconfig, bundle);
    await stage.cluster.request("PUT", clusterInfoPath, { ...clusterInfo, data: { kubeconfig } });
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());

  async function joinWords(...pins: readonly string[]): Promise<readonly string[]> {
    const token = await createToken(stage.cluster);
    return [
      ...[stage.cluster.endpoint, "--token", token, "-v=1"],
      ...pins.flatMap((pin) => ["--discovery-token-ca-cert-hash", pin]),
    ];
  }

  async function isRefusedWith(code: string, words: string, ...pins: readonly string[]): Promise<void> {
    await using machine = await stage.addMachine();
    const outcome = await join(machine, await joinWords(...pins));
    expect(outcome.stderr).toContain(`code: ${code}`);
    isRefused(machine, outcome, words);
    expect(machine.exists(`${pki}/ca.crt`)).toBe(false);
  }

  async function isJoinedTrustingBoth(...pins: readonly string[]): Promise<void> {
    await using machine = await stage.addMachine();
    const { stderr } = await joins(machine, await joinWords(...pins));
    expect(await machine.read(`${pki}/ca.crt`)).toBe(bundle);
    expect(await machine.read("/etc/kubernetes/kubelet.conf")).toContain(base64(bundle));
    const told = stderr.split("\n").find((line) => line.includes("trusted from here on:")) ?? "";
    expect(told).toContain(stage.cluster.caPin);
    expect(told).toContain(pinOf(next));
    expect(stderr).toMatch(/CA certificates written to \/etc\/kubernetes\/pki\/ca\.crt: .*; /);
  }

  const notPinned = "which cluster-info lists as a CA of the cluster but which is not pinned";

  describe("and whose API server is still under the previous one", () => {
    test("is joined with the previous one's pin", () => isJoinedTrustingBoth(stage.cluster.caPin));
    test("is not joined with the next one's pin alone", () =>
      isRefusedWith("DISCOVERY_CA_NOT_PINNED", notPinned, pinOf(next)));
    test("is not joined with the pin of a CA that it does not name", () =>
      isRefusedWith("DISCOVERY_CA_PIN_MISMATCH", "are pinned", pinOf(foreign)));
  });

  describe("and whose API server is under the next one", () => {
    beforeAll(async () => {
      const { lab } = stage;
      const host = lab.host(lab.cluster.controlPlane);
      const components = ["kube-scheduler", "kube-controller-manager", "kube-apiserver"];
      for (const component of components) await lab.stopComponent(component);
      for (const name of ["admin", "scheduler", "controller-manager", "kubelet"]) {
        const path = `/etc/kubernetes/${name}.conf`;
        await host.writeFile(path, trusting((await host.readFile(path)).toString(), bundle), 0o600);
      }
      writeFileSync(lab.kubeconfig, trusting(readFileSync(lab.kubeconfig, "utf8"), bundle));
      const previous = new X509Certificate(await host.readFile(`${pki}/apiserver.crt`));
      await host.writeFile(`${pki}/apiserver.crt`, await reissued(previous, next), 0o644);
      for (const component of components.toReversed()) await lab.startComponent(component);
      await host.mustRun(["systemctl", "restart", "kubelet"]);
      await eventually("the API server to answer under its new certificate", async () => {
        return (await lab.kubectl(["get", "--raw", "/readyz"])).stdout === "ok";
      });
    });

    test("is joined with the next one's pin", () => isJoinedTrustingBoth(pinOf(next)));
    test("is joined with both pins", () => isJoinedTrustingBoth(stage.cluster.caPin, pinOf(next)));
    test("is not joined with the previous one's pin alone", () =>
      isRefusedWith("DISCOVERY_CA_NOT_PINNED", notPinned, stage.cluster.caPin));
  });
});

/** The same certificate, of another CA. */
function reissued(previous: X509Certificate, ca: CertificateAuthority): Promise<string> {
  const names = (previous.subjectAltName ?? "").split(", ");
  const of = (prefix: string) => names.flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  return issueCertificate({
    ca,
    subject: { commonName: "kube-apiserver" },
    publicKey: previous.publicKey,
    notBefore: ca.certificate.validFromDate,
    notAfter: ca.certificate.validToDate,
    keyUsages: ["digital signature", "key encipherment"],
    extendedKeyUsages: ["server auth"],
    dnsNames: of("DNS:"),
    ipAddresses: of("IP Address:"),
  });
}
