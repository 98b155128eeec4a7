// An init that was killed leaves a machine that reset cleans, for a cluster of its own.
import { existsSync } from "node:fs";
import { describe, test } from "vitest";
import { embeddedCluster } from "../../src/embedded/index.ts";
import { kubeadm, kubeadmKilled } from "../support/control-plane/kubeadm.ts";
import { becomesReady, initArguments, limitMs, succeeded } from "../support/control-plane/stage.ts";

describe("init", { timeout: limitMs }, () => {
  test.each([
    ["while certificates are made", "/etc/kubernetes/pki/ca.crt"],
    ["while the control plane starts", "/etc/kubernetes/manifests/kube-apiserver.yaml"],
    ["after the kubelet is set up", "/var/lib/kubelet/config.yaml"],
  ])("that is killed %s can be reset and begun again", async (_when, path) => {
    await using cluster = await embeddedCluster();
    const cp1 = await cluster.machine("cp1");
    const args = ["init", ...initArguments(cluster, cp1)];
    await kubeadmKilled(cp1, args, () => existsSync(cp1.root.inside(path)));
    succeeded(await kubeadm(cp1, ["reset", "--force"]), cp1);
    succeeded(await kubeadm(cp1, args), cp1);
    await becomesReady(cluster, "cp1");
  });
});
