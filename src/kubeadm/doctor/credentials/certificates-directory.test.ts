import { expect, it } from "vitest";
import { examinationPorts } from "../../../../test/fixtures/kubeadm/doctor/examination.ts";
import { writeYaml } from "../../../go/yaml/write-yaml.ts";
import type { SeedEntry } from "../../../host/memory/files.ts";
import { memoryHost } from "../../../host/memory.ts";
import type { DoctorCheck } from "../check.ts";
import { examinationOf } from "../examination.ts";
import { runDoctorChecks } from "../run-checks.ts";
import { controlPlaneCertificates } from "./control-plane-certificates.ts";
import { fileModes } from "./file-modes.ts";

function manifestOf(name: string, command: readonly string[]): string {
  const spec = { containers: [{ name, image: name, command }] };
  return writeYaml({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "kube-system" }, spec });
}

const apiServerIn = (directory: string) => ({
  "/etc/kubernetes/manifests/kube-apiserver.yaml": manifestOf("kube-apiserver", [
    "kube-apiserver",
    `--tls-cert-file=${directory}/apiserver.crt`,
  ]),
});
const etcd = { "/etc/kubernetes/manifests/etcd.yaml": manifestOf("etcd", ["etcd"]) };

async function findingsOf(check: DoctorCheck, files: Readonly<Record<string, SeedEntry>>): Promise<string> {
  const examination = examinationOf(examinationPorts(memoryHost({ files, clock: { automatic: true } })));
  const results = await runDoctorChecks([check], examination);
  return results
    .flatMap(({ findings }) => findings)
    .map(({ finding }) => finding)
    .join("\n");
}

it("certificates are looked for in the directory that the API server uses", async () => {
  const findings = await findingsOf(controlPlaneCertificates, { ...apiServerIn("/srv/pki"), ...etcd });
  expect(findings).toMatch(/^\/srv\/pki\/apiserver\.(crt|key) is missing/m);
  expect(findings).toMatch(/^\/srv\/pki\/etcd\/server\.(crt|key) is missing/m);
  expect(findings).not.toContain("/etc/kubernetes/pki");
});

it("certificates of an etcd that is elsewhere are not looked for", async () => {
  const findings = await findingsOf(controlPlaneCertificates, apiServerIn("/etc/kubernetes/pki"));
  expect(findings).toMatch(/^\/etc\/kubernetes\/pki\/apiserver\.(crt|key) is missing/m);
  expect(findings).not.toContain("/etcd/");
});

it("a machine whose manifests are gone is still a control plane with etcd, if its certificates say so", async () => {
  const findings = await findingsOf(controlPlaneCertificates, {
    "/etc/kubernetes/admin.conf": "",
    "/etc/kubernetes/pki/apiserver.crt": "",
    "/etc/kubernetes/pki/etcd/peer.crt": "",
  });
  expect(findings).toMatch(/^\/etc\/kubernetes\/pki\/etcd\/server\.(crt|key) is missing/m);
});

it("keys that others can read are found in the directory that the API server uses", async () => {
  const keys = { "/srv/pki/sa.key": { content: "", mode: 0o644 }, "/srv/pki/ca.key": { content: "", mode: 0o600 } };
  expect(await findingsOf(fileModes, { ...apiServerIn("/srv/pki"), ...keys })).toBe(
    "/srv/pki/sa.key can be read by users other than its owner (mode 0644).",
  );
});
