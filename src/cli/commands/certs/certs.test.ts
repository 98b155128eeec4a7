import { describe, expect, it } from "vitest";
import { memoryPorts } from "../../../../test/fixtures/cli/memory-ports.ts";
import { configuration, kubeadm, machine, pki, without } from "../../../../test/support/certs/machine-in-memory.ts";
import { startControlPlane } from "../../../embedded/control-plane/index.ts";
import { memoryHost } from "../../../host/memory.ts";
import { main } from "../../main.ts";

describe("the phases that make certificates and kubeconfigs", () => {
  const serving = (name: string, dnsNames: string, addresses: string) =>
    `[certs] ${name} serving cert is signed for DNS names [${dnsNames}] and IPs [${addresses}]`;
  const apiServerNames =
    "cp1 kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local lb.example.com";
  const etcdAddresses = "192.0.2.10 127.0.0.1 ::1";

  it("say what they make in upstream's lines", async () => {
    const certs = await kubeadm("init phase certs all --config /c.yaml");
    expect(certs.stdout.trimEnd().split("\n")).toEqual([
      `[certs] Using certificateDir folder "${pki}"`,
      '[certs] Generating "ca" certificate and key',
      '[certs] Generating "apiserver" certificate and key',
      serving("apiserver", apiServerNames, "10.96.0.1 192.0.2.10"),
      '[certs] Generating "apiserver-kubelet-client" certificate and key',
      '[certs] Generating "front-proxy-ca" certificate and key',
      '[certs] Generating "front-proxy-client" certificate and key',
      '[certs] Generating "etcd/ca" certificate and key',
      '[certs] Generating "etcd/server" certificate and key',
      serving("etcd/server", "cp1 localhost", etcdAddresses),
      '[certs] Generating "etcd/peer" certificate and key',
      serving("etcd/peer", "cp1 localhost", etcdAddresses),
      '[certs] Generating "etcd/healthcheck-client" certificate and key',
      '[certs] Generating "apiserver-etcd-client" certificate and key',
      '[certs] Generating "sa" key and public key',
    ]);
    const kubeconfigs = await kubeadm("init phase kubeconfig all --config /c.yaml", { files: certs.files });
    expect(kubeconfigs.stdout.trimEnd().split("\n")).toEqual([
      '[kubeconfig] Using kubeconfig folder "/etc/kubernetes"',
      ...["admin", "super-admin", "kubelet", "controller-manager", "scheduler"].map(
        (name) => `[kubeconfig] Writing "${name}.conf" kubeconfig file`,
      ),
    ]);
  });

  it("say what they keep in upstream's lines", async () => {
    const { stdout, files } = await kubeadm("init phase certs all --config /c.yaml", { files: machine });
    expect(stdout.trimEnd().split("\n").slice(1)).toEqual([
      "[certs] Using existing ca certificate authority",
      "[certs] Using existing apiserver certificate and key on disk",
      "[certs] Using existing apiserver-kubelet-client certificate and key on disk",
      "[certs] Using existing front-proxy-ca certificate authority",
      "[certs] Using existing front-proxy-client certificate and key on disk",
      "[certs] Using existing etcd/ca certificate authority",
      "[certs] Using existing etcd/server certificate and key on disk",
      "[certs] Using existing etcd/peer certificate and key on disk",
      "[certs] Using existing etcd/healthcheck-client certificate and key on disk",
      "[certs] Using existing apiserver-etcd-client certificate and key on disk",
      '[certs] Using the existing "sa" key',
    ]);
    expect(files).toEqual(machine);
    const admin = await kubeadm("init phase kubeconfig admin --config /c.yaml", { files: machine });
    expect(admin.stdout).toBe('[kubeconfig] Using existing kubeconfig file: "/etc/kubernetes/admin.conf"\n');
  });

  it("take over what an external CA has signed", async () => {
    const files = without("pki/ca.key");
    const certs = await kubeadm("init phase certs all --config /c.yaml", { files });
    expect(certs.stdout).toContain("[certs] Using existing ca keyless certificate authority\n");
    const kubeconfigs = await kubeadm("init phase kubeconfig all --config /c.yaml", { files });
    expect(kubeconfigs.stdout).toContain("[kubeconfig] External CA mode: Using user provided admin.conf\n");
    expect([certs.status, kubeconfigs.status, kubeconfigs.files]).toEqual([0, 0, files]);
  });

  it.each([
    ["certs ca", ["ca.crt", "ca.key"]],
    ["certs sa", ["sa.key", "sa.pub"]],
  ])("%s makes nothing else", async (phase, names) => {
    const { stdout, files } = await kubeadm(`init phase ${phase} --config /c.yaml`);
    expect(Object.keys(files)).toEqual(names.map((name) => `${pki}/${name}`));
    expect(stdout.split("\n")).toHaveLength(2);
  });

  it("restore what they overwrote where a file cannot be written", async () => {
    const host = memoryHost({ files: { "/c.yaml": configuration } });
    host.files.fail(`${pki}/ca.crt`, "ENOSPC", { operations: ["write"] });
    const ports = memoryPorts({ host });
    expect(await main("init phase certs ca --config /c.yaml".split(" "), ports)).toBe(1);
    expect(ports.stderr.text()).toContain("error: error execution phase certs/ca: ");
    expect(Object.keys(host.files.snapshot())).toEqual(["/c.yaml"]);
  });
});

describe("certs check-expiration", () => {
  it("shows every certificate and CA in upstream's tables", async () => {
    const files = without("scheduler.conf", "pki/front-proxy-ca.key");
    const { status, stdout, stderr } = await kubeadm("certs check-expiration --config /c.yaml", { files });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const end = "Jan 01, 2027 00:00 UTC   365d            ";
    expect(
      stdout,
    ).toBe(`CERTIFICATE                EXPIRES                  RESIDUAL TIME   CERTIFICATE AUTHORITY   EXTERNALLY MANAGED
admin.conf                 ${end}ca                      no      
apiserver                  ${end}ca                      no      
apiserver-etcd-client      ${end}etcd-ca                 no      
apiserver-kubelet-client   ${end}ca                      no      
controller-manager.conf    ${end}ca                      no      
etcd-healthcheck-client    ${end}etcd-ca                 no      
etcd-peer                  ${end}etcd-ca                 no      
etcd-server                ${end}etcd-ca                 no      
front-proxy-client         ${end}front-proxy-ca          yes     
!MISSING! scheduler.conf                                                                    
super-admin.conf           ${end}ca                      no      

CERTIFICATE AUTHORITY   EXPIRES                  RESIDUAL TIME   EXTERNALLY MANAGED
ca                      Dec 30, 2035 00:00 UTC   10y             no      
etcd-ca                 Dec 30, 2035 00:00 UTC   10y             no      
front-proxy-ca          Dec 30, 2035 00:00 UTC   10y             yes     
`);
  });

  it.each([
    ["2026-12-31T22:00:00Z", "120m"],
    ["2026-12-30T00:00:00Z", "2d"],
    ["2027-01-01T00:00:05Z", "<invalid>"],
  ])("at %s says that %s are left", async (now, left) => {
    const { stdout } = await kubeadm("certs check-expiration --config /c.yaml", { files: machine, now });
    expect(stdout).toContain(`apiserver                  Jan 01, 2027 00:00 UTC   ${left} `);
  });

  it("prints an object for machines, and nothing else", async () => {
    const line = "certs check-expiration -o json --config /c.yaml";
    const { stdout, stderr } = await kubeadm(line, { files: without("admin.conf") });
    const { certificates, certificateAuthorities, ...rest } = JSON.parse(stdout);
    expect({ stderr, ...rest }).toEqual({
      stderr: "",
      kind: "CertificateExpirationInfo",
      apiVersion: "output.kubeadm.k8s.io/v1alpha3",
    });
    expect(certificates.slice(0, 2)).toEqual([
      { name: "admin.conf", expirationDate: null, residualTime: 0, externallyManaged: false, missing: true },
      {
        name: "apiserver",
        expirationDate: "2027-01-01T00:00:00Z",
        residualTime: 31_536_000,
        externallyManaged: false,
        caName: "ca",
        missing: false,
      },
    ]);
    expect(certificateAuthorities.map(({ name, caName }: { name: string; caName?: string }) => [name, caName])).toEqual(
      [
        ["ca", undefined],
        ["etcd-ca", undefined],
        ["front-proxy-ca", undefined],
      ],
    );
  });

  it("leaves out what an external etcd brings itself", async () => {
    const etcd = "etcd: {external: {endpoints: ['https://192.0.2.9:2379'], caFile: /a, certFile: /b, keyFile: /c}}\n";
    const files = { ...machine, "/e.yaml": configuration + etcd };
    const { stdout } = await kubeadm("certs check-expiration --config /e.yaml", { files });
    expect(stdout).not.toContain("etcd");
    expect(stdout.split("\n")).toHaveLength(7 + 1 + 1 + 1 + 2 + 1);
  });

  it("takes a dangling link for a missing certificate", async () => {
    const files = { ...machine, [`${pki}/apiserver.crt`]: { target: "/none" } };
    const { status, stdout } = await kubeadm("certs check-expiration --config /c.yaml", { files });
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/^!MISSING! apiserver /m) });
  });

  it("ends with what cannot be read", async () => {
    const files = { ...machine, [`${pki}/apiserver.crt`]: "garbage" };
    const { status, stderr } = await kubeadm("certs check-expiration --config /c.yaml", { files });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: failed to load existing certificate apiserver: couldn't load the certificate file/);
  });
});

describe("the configuration that certs goes by", () => {
  const heading = (area: string) =>
    `[${area}] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...\n` +
    `[${area}] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.\n`;

  it("is the cluster's, but for the directory", async () => {
    const controlPlane = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256" });
    try {
      const files = { "/etc/kubernetes/admin.conf": controlPlane.adminKubeconfig };
      const { status, stdout } = await kubeadm("certs renew apiserver --cert-dir /own", { files, controlPlane });
      expect({ status, stdout }).toEqual({
        status: 0,
        stdout: `${heading("renew")}\nMISSING! certificate for serving the Kubernetes API\n`,
      });
    } finally {
      await controlPlane.close();
    }
  });

  it("is the default if the cluster does not respond, and the reason is reported", async () => {
    const { status, stdout, stderr } = await kubeadm("certs check-expiration", { files: machine });
    expect(status).toBe(0);
    expect(
      stdout.startsWith(
        `${heading("check-expiration")}[check-expiration] Error reading configuration from the Cluster. Falling back to default configuration\n\nCERTIFICATE `,
      ),
    ).toBe(true);
    expect(stderr).toMatch(/^W.*\] the cluster's configuration could not be read: .*there is no network here\n$/);
  });

  it("is the default where the kubeconfig leads to no cluster, which is not asked then", async () => {
    const files = { ...machine, "/etc/kubernetes/admin.conf": "" };
    const { stdout } = await kubeadm("certs renew apiserver", { files });
    expect(stdout).toBe("certificate for serving the Kubernetes API renewed\n");
  });

  it("has an absolute directory where it is made of the flag", async () => {
    const { status, stderr } = await kubeadm("certs check-expiration --cert-dir rel --kubeconfig /none", {
      files: machine,
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: certificatesDir: Invalid value: "rel": path is not absolute\n/);
  });

  it("is the default without a word where there is no kubeconfig", async () => {
    const { stdout, stderr } = await kubeadm("certs check-expiration --kubeconfig /none", { files: machine });
    expect({ head: stdout.slice(0, 12), stderr }).toEqual({ head: "CERTIFICATE ", stderr: "" });
  });
});
