import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { testAuthority } from "../../../test/fixtures/pki/authority.ts";
import { Secret } from "../../errors/secret.ts";
import { toJson } from "../../go/yaml/node.ts";
import { readYaml } from "../../go/yaml/read-yaml.ts";
import { memoryHost } from "../../host/memory.ts";
import { CaBundle } from "../../pki/ca-bundle.ts";
import { embedFiles } from "./embed-credentials.ts";
import { clusterOf, hasCredentials, type Kubeconfig, type UserEntry, withClusterName } from "./kubeconfig.ts";
import { parseKubeconfig } from "./read-kubeconfig.ts";
import { writeKubeconfig } from "./write-kubeconfig.ts";

function golden(path: string): string {
  return readFileSync(new URL(`../../../test/golden/kubeadm/files/${path}`, import.meta.url), "utf8");
}

const authority = await testAuthority();

/** The recorded files have a placeholder where base64 stands. */
function withData(text: string): string {
  return text
    .replaceAll("<CA-CERT-BASE64>", btoa(authority.certificatePem))
    .replaceAll(/<(CLIENT-CERT|CLIENT-KEY)-BASE64>/g, (_, what) => btoa(`${what}\n`));
}

const full = `apiVersion: v1
clusters:
- cluster:
    certificate-authority: ca.pem
    disable-compression: true
    extensions:
    - extension:
        a: 1
      name: x
    insecure-skip-tls-verify: true
    proxy-url: http://proxy
    server: https://a
    tls-server-name: b
  name: k
contexts:
- context:
    cluster: k
    namespace: ns
    user: u
  name: c
current-context: c
extensions:
- extension: null
  name: why
kind: Config
users:
- name: u
  user:
    as: someone
    as-groups:
    - g
    as-user-extra:
      k:
      - v
    auth-provider:
      config:
        k: v
      name: p
    client-certificate: c.pem
    client-key: k.pem
    exec:
      apiVersion: client.authentication.k8s.io/v1
      args:
      - x
      command: plugin
      env:
      - name: A
        value: b
      installHint: get it
      interactiveMode: Never
      provideClusterInfo: true
    password: q
    token: t
    tokenFile: f
    username: r
`;

describe("kubeconfig files", () => {
  it.each([
    "worker/etc/kubernetes/bootstrap-kubelet.conf",
    "worker/etc/kubernetes/kubelet.conf",
    "control-plane/etc/kubernetes/admin.conf",
    "control-plane/etc/kubernetes/scheduler.conf",
    "control-plane/etc/kubernetes/bootstrap-kubelet.conf",
  ])("%s comes out to the byte as upstream wrote it", (path) => {
    const text = withData(golden(path));
    expect(writeKubeconfig(parseKubeconfig(text))).toBe(text);
  });

  it("keep every field that client-go knows", () => {
    expect(writeKubeconfig(parseKubeconfig(full))).toBe(full);
  });

  it("drop fields that client-go does not know", () => {
    expect(writeKubeconfig(parseKubeconfig(`${full}foo: 1\n`))).toBe(full);
  });

  it("of cluster-info have one cluster without a name and no lists of others", () => {
    const map = toJson(readYaml(withData(golden("objects/cluster-info.yaml")))) as { data: { kubeconfig: string } };
    const kubeconfig = parseKubeconfig(map.data.kubeconfig);
    const certificateAuthorityData = CaBundle.parse(authority.certificatePem);
    expect(clusterOf(kubeconfig)).toEqual({ server: "https://192.0.2.10:6443", certificateAuthorityData });
    expect(writeKubeconfig(kubeconfig)).toBe(map.data.kubeconfig);
  });

  it.each([
    [
      "a list",
      "[]",
      `couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    ],
    [
      "clusters that are no list",
      "clusters: {}",
      "json: cannot unmarshal object into Go struct field Config.clusters of type []v1.NamedCluster",
    ],
    [
      "a token that is a number",
      "users: [{name: u, user: {token: 5}}]",
      "json: cannot unmarshal number into Go struct field AuthInfo.users.user.token of type string",
    ],
    ["another kind", "apiVersion: v1\nkind: Pod\n", 'no kind "Pod" is registered for version "v1"'],
    [
      "data that is no base64",
      "clusters: [{cluster: {certificate-authority-data: '?'}}]",
      "illegal base64 data in certificate-authority-data",
    ],
  ])("are refused with %s", (_, text, message) => {
    expect(() => parseKubeconfig(text)).toThrow(message);
  });

  it("have nothing written of their CA but its certificates", () => {
    const alias = authority.certificatePem.replaceAll(" CERTIFICATE-", " X509 CERTIFICATE-");
    const data = btoa(`comment\n${alias}${authority.certificatePem}${alias}`);
    const text = writeKubeconfig(
      parseKubeconfig(`clusters: [{name: k, cluster: {certificate-authority-data: ${data}}}]`),
    );
    expect(text).toContain(`certificate-authority-data: ${btoa(authority.certificatePem)}\n`);
  });

  it("are not written where their CA cannot be read", () => {
    const kubeconfig = parseKubeconfig(`clusters: [{cluster: {certificate-authority-data: ${btoa("X")}}}]`);
    expect(() => writeKubeconfig(kubeconfig)).toThrow(expect.objectContaining({ code: "KUBECONFIG_INVALID" }));
  });

  it("carry any key there and back", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (key) => {
        const kubeconfig: Kubeconfig = {
          clusters: [{ name: "k", cluster: { server: "https://a" } }],
          contexts: [],
          users: [{ name: "u", user: { clientKeyData: new Secret(key) } }],
          currentContext: "",
        };
        const read = parseKubeconfig(writeKubeconfig(kubeconfig));
        expect(read.clusters).toEqual(kubeconfig.clusters);
        expect(read.users[0]?.user.clientKeyData?.reveal()).toBe(key);
      }),
    );
  });
});

const base: Kubeconfig = parseKubeconfig(full);

describe("clusterOf", () => {
  it.each([
    ["the current context is invalid: none", { ...base, currentContext: "none" }],
    ["no matching cluster for the current context: c", { ...base, clusters: [] }],
  ])("says %s", (message, kubeconfig) => {
    expect(() => clusterOf(kubeconfig)).toThrow(message);
  });

  it("prefers a cluster without a name", () => {
    const unnamed = { name: "", cluster: { server: "https://unnamed" } };
    expect(clusterOf({ ...base, clusters: [...base.clusters, unnamed] }).server).toBe("https://unnamed");
  });
});

describe("withClusterName", () => {
  it("leaves the one cluster under its new name, and context and user as they were", () => {
    const named = withClusterName(base, "prod");
    expect(named.clusters.map(({ name }) => name)).toEqual(["prod"]);
    expect(named.contexts).toEqual([{ name: "c", context: { cluster: "prod", user: "u", namespace: "ns" } }]);
    expect(named.users).toEqual(base.users);
  });

  it("needs the current context", () => {
    const unnamed = { ...base, clusters: [{ name: "", cluster: { server: "x" } }], currentContext: "none" };
    expect(() => withClusterName(unnamed, "prod")).toThrow(
      '"none" set as current-context, but not found in context list',
    );
  });
});

describe("hasCredentials", () => {
  const of = (user: UserEntry) => hasCredentials({ ...base, users: [{ name: "u", user }] });
  const secret = new Secret("s");

  it.each<[string, UserEntry, boolean]>([
    ["a token", { token: secret }, true],
    ["a token file", { tokenFile: "f" }, true],
    ["user and password", { username: "u", password: secret }, true],
    ["a user alone", { username: "u" }, false],
    ["certificate and key", { clientCertificate: "c", clientKeyData: secret }, true],
    ["a certificate alone", { clientCertificateData: "c" }, false],
    ["an exec plugin", { exec: { apiVersion: "v", command: "x" } }, true],
    ["an exec plugin without command", { exec: { apiVersion: "v", command: "" } }, false],
    ["an auth provider", { authProvider: { name: "p" } }, true],
    ["nothing", {}, false],
  ])("of %s", (_, user, expected) => {
    expect(of(user)).toBe(expected);
  });
});

describe("embedFiles", () => {
  const { tokenFile: _, exec: __, authProvider: ___, ...files } = base.users[0]?.user ?? {};
  const kubeconfig = { ...base, users: [{ name: "u", user: { ...files, tokenFile: "/t" } }] };
  const onDisk = { "/t": "tok\n", "/c": "CERT", "/k": "KEY", "/ca": authority.certificatePem };

  it("reads CA, certificate, key and token into the kubeconfig", async () => {
    const paths = parseKubeconfig(
      full
        .replace("ca.pem", "/ca")
        .replace("c.pem", "/c")
        .replace("k.pem", "/k")
        .replace("tokenFile: f", "tokenFile: /t"),
    );
    const embedded = await embedFiles(paths, memoryHost({ files: onDisk }).files);
    expect(clusterOf(embedded).certificateAuthorityData?.pem).toBe(authority.certificatePem);
    expect(clusterOf(embedded).certificateAuthority).toBeUndefined();
    const user = embedded.users[0]?.user;
    expect([user?.clientCertificateData, user?.clientKeyData?.reveal(), user?.token?.reveal()]).toEqual([
      "CERT",
      "KEY",
      "tok",
    ]);
    expect([user?.clientCertificate, user?.clientKey, user?.tokenFile]).toEqual([undefined, undefined, undefined]);
    expect(user?.exec?.command).toBe("plugin");
  });

  it("names what is missing", async () => {
    const host = memoryHost({ files: {} });
    await expect(embedFiles(kubeconfig, host.files)).rejects.toThrow(
      /^invalid configuration: unable to read certificate-authority ca.pem for k due to open ca.pem: /,
    );
  });
});
