// Joins of a control plane that cannot work: each ends in seconds, tells its cause and what to do, and leaves no member.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LabHost } from "../../lab/lab-host.ts";
import type { CommandResult } from "../../lab/run-command.ts";
import type { ErrorCode } from "../../src/errors/catalogue.ts";
import {
  type ControlPlaneLab,
  controlPlaneLab,
  isControlPlane,
  programs,
  underTest,
  votersAre,
} from "../support/control-plane/control-plane-lab.ts";

const by = "ours";

interface Refusal {
  readonly code: ErrorCode;
  readonly words: RegExp;
  readonly remedy: RegExp;
  readonly withinMs: number;
}

const refusals = {
  wrongKey: {
    code: "CERTIFICATE_KEY_WRONG",
    words: /error decoding secret data with provided key: cipher: message authentication failed/,
    remedy: /kubeadm init phase upload-certs/,
    withinMs: 20_000,
  },
  noFiles: {
    code: "SHARED_CERTIFICATES_MISSING",
    words: /ca\.crt|certificate/i,
    remedy: /./,
    withinMs: 20_000,
  },
  noUpload: {
    code: "CERTIFICATES_SECRET_MISSING",
    words: /Secret "kubeadm-certs" was not found/,
    remedy: /kubeadm init phase upload-certs/,
    withinMs: 20_000,
  },
  noEndpoint: {
    code: "CONTROL_PLANE_ENDPOINT_MISSING",
    words: /stable controlPlaneEndpoint address|controlPlaneEndpoint/,
    remedy: /controlPlaneEndpoint/,
    withinMs: 20_000,
  },
} as const satisfies Record<string, Refusal>;

/** Upstream's program has no codes, no remedies, and longer waits: of it only the words are asked. */
function isRefused({ exitCode, stdout, stderr, elapsedMs }: CommandResult, refusal: Refusal): void {
  const said = stdout + stderr;
  expect(exitCode, said).toBe(1);
  expect(said).toMatch(refusal.words);
  if (underTest === "upstream") return;
  expect(/^code: (.*)$/m.exec(stderr)?.[1], said).toBe(refusal.code);
  expect(/^remedy: (.*)$/m.exec(stderr)?.[1]).toMatch(refusal.remedy);
  expect(elapsedMs).toBeLessThan(refusal.withinMs);
}

describe("A control plane's join meets", () => {
  let cluster: ControlPlaneLab;
  let cp1: LabHost;
  let cp2: LabHost;
  beforeAll(async () => {
    cluster = await controlPlaneLab("refusals");
    [cp1, cp2] = await cluster.addHosts("cp1", "cp2");
    await cluster.init(by, cp1);
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  const joinWith = (key: readonly string[]) =>
    cp2.run([programs[by], "join", ...cluster.lab.joinArguments(), "--control-plane", ...key], { timeoutMs: 240_000 });

  async function isUntouched(): Promise<void> {
    await votersAre(cp1, "cp1");
    const files = (await cp2.readTree(["/etc/kubernetes/pki", "/etc/kubernetes/manifests"])).filter(
      ({ type, path }) => type === "file" && path !== "/etc/kubernetes/pki/ca.crt",
    );
    expect(files.map(({ path }) => path)).toEqual([]);
  }

  test("a certificate key that is not the one of the upload", async () => {
    isRefused(await joinWith(["--certificate-key", "0".repeat(64)]), refusals.wrongKey);
    await isUntouched();
  });

  test("no certificate key and no files copied manually", async () => {
    isRefused(await joinWith([]), refusals.noFiles);
    await isUntouched();
  });

  test("an upload that has expired; after another one it joins", async () => {
    await cluster.lab.kubectl(["-n", "kube-system", "delete", "secret", "kubeadm-certs"]);
    isRefused(await joinWith(["--certificate-key", cluster.lab.cluster.certificateKey]), refusals.noUpload);
    await isUntouched();
    const upload = [programs[by], "init", "phase", "upload-certs", "--upload-certs"] as const;
    const said = await cp1.mustRun([...upload, "--config", "/root/lab-init.yaml"]);
    expect(said).toContain(cluster.lab.cluster.certificateKey);
    await cp2.run([programs[by], "reset", "--force"]);
    const joined = await joinWith(["--certificate-key", cluster.lab.cluster.certificateKey]);
    expect(joined.exitCode, joined.stdout + joined.stderr).toBe(0);
    await isControlPlane(cluster.lab, cp2);
    await votersAre(cp1, "cp1", "cp2");
  });
});

test("A cluster without a stable endpoint takes no second control plane", async () => {
  await using cluster = await controlPlaneLab("no-endpoint");
  const [cp1, cp2] = await cluster.addHosts("cp1", "cp2");
  const withoutEndpoint = { cluster: { controlPlaneEndpoint: undefined } };
  await cluster.init(by, cp1, { sharedEndpoint: false, extraConfig: withoutEndpoint });
  isRefused(await cluster.join(cp2, { by, controlPlane: true }), refusals.noEndpoint);
  await votersAre(cp1, "cp1");
});
