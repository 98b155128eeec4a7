import { beforeAll, describe, expect, it } from "vitest";
import { expiredKubeconfig } from "../../../test/support/upgrade/expired-kubeconfig.ts";
import { ApiStatusError } from "../../cluster/cluster.ts";
import { TransportError } from "../../cluster/transport.ts";
import { startControlPlane } from "../../embedded/control-plane/index.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { memoryHost } from "../../host/memory.ts";
import { generateKeys, privateKeyPem } from "../../pki/keys.ts";
import { createCertificateAuthority } from "../../pki/x509.ts";
import { explainRejection } from "./explain-rejection.ts";

const admin = "/etc/kubernetes/admin.conf";
const superAdmin = "/etc/kubernetes/super-admin.conf";
const kubelet = "/etc/kubernetes/kubelet.conf";

let valid: string;
let expired: string;

beforeAll(async () => {
  await using controlPlane = await startedControlPlane();
  valid = controlPlane.adminKubeconfig;
  const keys = await generateKeys("ECDSA-P256");
  const notAfter = new Date(Date.now() + 3_600_000);
  const ca = await createCertificateAuthority({ commonName: "kubernetes", keys, notBefore: new Date(0), notAfter });
  expired = await expiredKubeconfig(valid, {
    certificatePem: ca.certificatePem,
    keyPem: privateKeyPem(keys.privateKey),
  });
});

async function startedControlPlane() {
  const controlPlane = await startControlPlane({ version: "v1.36.3", encryptionAlgorithm: "ECDSA-P256" });
  return { adminKubeconfig: controlPlane.adminKubeconfig, [Symbol.asyncDispose]: () => controlPlane.close() };
}

const url = "https://192.0.2.10:6443/api";
const failed = (cause: Error) => new KubeadmError("CLUSTER_REQUEST_FAILED", "failed to get config map: no", { cause });
const unauthorized = failed(new ApiStatusError(401, "Unauthorized", "Unauthorized"));

/** Explains the failure on a machine with these kubeconfigs. */
async function explained(error: unknown, path: string, files: Readonly<Record<string, string>>) {
  const host = memoryHost({ files, clock: { start: new Date(), automatic: true } });
  const result = await explainRejection(error, path, host);
  if (!(result instanceof KubeadmError)) throw new Error("no KubeadmError");
  return result;
}

describe("a request whose user the API server rejects", () => {
  it.each<readonly [string, string, () => Readonly<Record<string, string>>, RegExp, RegExp | undefined]>([
    ["admin.conf", admin, () => ({ [admin]: expired }), /`kubeadm certs renew admin\.conf`/, /super-admin/],
    [
      "admin.conf next to a valid super-admin.conf",
      admin,
      () => ({ [admin]: expired, [superAdmin]: valid }),
      /`kubeadm certs renew admin\.conf`.* --kubeconfig \/etc\/kubernetes\/super-admin\.conf is still valid\.$/,
      undefined,
    ],
    [
      "admin.conf next to a super-admin.conf that has expired, too",
      admin,
      () => ({ [admin]: expired, [superAdmin]: expired }),
      /`kubeadm certs check-expiration` shows what else has expired\.$/,
      /super-admin/,
    ],
    [
      "super-admin.conf",
      superAdmin,
      () => ({ [superAdmin]: expired }),
      /`kubeadm certs renew super-admin\.conf`/,
      undefined,
    ],
    [
      "kubelet.conf",
      kubelet,
      () => ({ [kubelet]: expired }),
      /`kubeadm doctor` shows how to get one\.$/,
      /certs renew/,
    ],
    ["another file", "/root/a.conf", () => ({ "/root/a.conf": expired }), /choose another kubeconfig/, /certs renew/],
  ])("is explained by the expired certificate of %s", async (_, path, files, advice, absent) => {
    const { code, message, remedy, cause } = await explained(unauthorized, path, files());
    expect(code).toBe("KUBECONFIG_INVALID");
    expect(message).toMatch(/^failed to get config map: no: the client certificate of \S+ expired on \d{4}-/);
    expect(message).toContain(path);
    expect(remedy).toMatch(advice);
    if (absent !== undefined) expect(remedy).not.toMatch(absent);
    expect(cause).toBe(unauthorized);
  });

  it("is explained, too, if the connection is refused for the certificate", async () => {
    const rejected = failed(new TransportError("client-certificate-rejected", url, "bad certificate"));
    expect(await explained(rejected, admin, { [admin]: expired })).toMatchObject({ code: "KUBECONFIG_INVALID" });
  });

  it.each<readonly [string, KubeadmError, () => Readonly<Record<string, string>>]>([
    ["if the certificate is valid", unauthorized, () => ({ [admin]: valid })],
    ["if there is no such file", unauthorized, () => ({})],
    ["if the file is not one", unauthorized, () => ({ [admin]: "{" })],
    [
      "if the user lacks permissions",
      failed(new ApiStatusError(403, "Forbidden", "forbidden")),
      () => ({ [admin]: expired }),
    ],
    ["if nothing answers", failed(new TransportError("refused", url, "refused")), () => ({ [admin]: expired })],
  ])("stays unchanged %s", async (_, error, files) => {
    expect(await explained(error, admin, files())).toBe(error);
  });
});
