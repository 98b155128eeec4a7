import { describe, expect, it } from "vitest";
import { Secret } from "../../errors/secret.ts";
import type { EventTypes } from "../event.ts";
import { linesOf } from "../event-lines.ts";

const pin = `sha256:${"a".repeat(64)}`;
const line = `kubeadm join 192.0.2.10:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash ${pin} `;
const worker = new Secret(line);
const folded = `kubeadm join 192.0.2.10:6443 --token abcdef.0123456789abcdef \\\n\t--discovery-token-ca-cert-hash ${pin} `;

function text(outcome: Partial<EventTypes["init.finished"]> = {}): string {
  const defaults = { kubeconfig: "/etc/kubernetes/admin.conf", certificatesUploaded: false, joins: [{ worker }] };
  const lines = linesOf({ v: 1, time: "2026-11-24T15:04:05.123Z", type: "init.finished", ...defaults, ...outcome });
  return lines.map((line) => (line.kind === "disclosure" ? line.text.reveal() : "")).join("\n");
}

describe("the last words of an init", () => {
  it("end with the join command of workers, folded where a shell takes it", () => {
    expect(text().endsWith(`on each as root:\n\n${folded}`)).toBe(true);
    expect(text()).not.toContain("control-plane nodes");
  });

  it("explain how control planes join with copied certificates if none were uploaded", () => {
    const controlPlane = new Secret(`${line}--control-plane `);
    expect(text({ joins: [{ worker, controlPlane }] })).toContain(
      "You can now join any number of control-plane nodes by copying certificate authorities\n" +
        "and service account keys on each node and then running the following as root:\n\n" +
        `  ${folded}\\\n\t--control-plane \n\nThen you can join any number of worker nodes`,
    );
  });

  it("warn of the key where certificates were uploaded", () => {
    const controlPlane = new Secret(`${line}--control-plane --certificate-key 00`);
    const shown = text({ certificatesUploaded: true, joins: [{ worker, controlPlane }] });
    expect(shown).toContain(
      `  ${folded}\\\n\t--control-plane --certificate-key 00\n\nPlease note that the certificate-key`,
    );
  });

  it("pin several CAs in one line", () => {
    const two = new Secret(`${line}--discovery-token-ca-cert-hash ${pin} `);
    expect(text({ joins: [{ worker: two }] })).toContain(
      `\\\n\t--discovery-token-ca-cert-hash ${pin} --discovery-token-ca-cert-hash ${pin} `,
    );
  });

  it("are said once for each token", () => {
    const shown = text({ joins: [{ worker }, { worker: new Secret("kubeadm join other ") }] });
    expect(shown.match(/Your Kubernetes control-plane has initialized successfully!/g)).toHaveLength(2);
    expect(shown.endsWith("kubeadm join other ")).toBe(true);
  });

  it("name the kubeconfig that was used", () => {
    expect(text({ kubeconfig: "/srv/admin.conf" })).toContain("sudo cp -i /srv/admin.conf $HOME/.kube/config\n");
  });
});
