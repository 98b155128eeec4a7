import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import { built, run } from "./artifact.ts";

const root = temporaryDirectory().path;

const pki = join(root, "etc/kubernetes/pki");
const configuration = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 192.0.2.10}
nodeRegistration: {name: cp1}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.37.2
`;

const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: pki, encoding: "utf8" });
const program = built("binary");
const kubeadm = (line: string) => run([program, ...line.split(" "), "--rootfs", root, "--config", "/c.yaml"]);

const leaves = [
  ["ca", "apiserver", "sslserver"],
  ["ca", "apiserver-kubelet-client", "sslclient"],
  ["front-proxy-ca", "front-proxy-client", "sslclient"],
  ["etcd/ca", "etcd/server", "sslserver"],
  ["etcd/ca", "etcd/peer", "sslclient"],
  ["etcd/ca", "etcd/healthcheck-client", "sslclient"],
  ["etcd/ca", "apiserver-etcd-client", "sslclient"],
] as const;

/** Node.js has another cryptography library than the compiled program: what that one makes is looked at by a third. */
describe("the compiled program's certificates", () => {
  beforeAll(() => {
    writeFileSync(join(root, "c.yaml"), configuration);
    for (const phase of ["certs", "kubeconfig"]) {
      expect(kubeadm(`init phase ${phase} all`)).toMatchObject({ status: 0, stderr: "" });
    }
  });

  const verify = (ca: string, leaf: string, purpose: string) =>
    openssl("verify", "-x509_strict", "-purpose", purpose, "-CAfile", `${ca}.crt`, `${leaf}.crt`);

  it.each(leaves)("of %s, for %s, verify as those of an %s", (ca, leaf, purpose) => {
    expect(verify(ca, leaf, purpose)).toBe(`${leaf}.crt: OK\n`);
  });

  it.each(["apiserver", "etcd/ca", "sa"])(
    "%s.key is RSA of 2048 bits in the form of kubeadm's, and no one else's to read",
    (base) => {
      expect(openssl("pkey", "-in", `${base}.key`, "-noout", "-text")).toContain("2048 bit");
      expect(readFileSync(join(pki, `${base}.key`), "utf8")).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
      expect(statSync(join(pki, `${base}.key`)).mode & 0o777).toBe(0o600);
    },
  );

  it("are renewed with the same names, and verify again", () => {
    const names = () =>
      openssl("x509", "-in", "apiserver.crt", "-noout", "-subject", "-ext", "subjectAltName,extendedKeyUsage");
    const [before, key] = [names(), readFileSync(join(pki, "apiserver.key"), "utf8")];
    expect(kubeadm("certs renew all")).toMatchObject({ status: 0, stderr: "" });
    expect(names()).toBe(before);
    expect(readFileSync(join(pki, "apiserver.key"), "utf8")).not.toBe(key);
    for (const [ca, leaf, purpose] of leaves) expect(verify(ca, leaf, purpose)).toBe(`${leaf}.crt: OK\n`);
  });
});
