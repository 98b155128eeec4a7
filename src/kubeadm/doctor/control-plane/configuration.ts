import { shell } from "../../../values/shell.ts";
import { kubeadmConfigName, kubeletConfigName } from "../../cluster-objects/upload-configuration.ts";
import { type DoctorCheck, passed, skipped, warned } from "../check.ts";
import type { Fact } from "../examination.ts";
import { unreadReason } from "../facts/answer.ts";
import { clusterConfiguration, type Stored, storedKubeletConfiguration } from "../facts/cluster-configuration.ts";
import { onControlPlane } from "./on-control-plane.ts";

interface Definition {
  readonly configMap: string;
  readonly title: string;
  /** Argument of `kubeadm init phase upload-config`. */
  readonly phase: string;
  readonly fact: Fact<Stored<unknown>>;
}

function configuration({ configMap, title, phase, fact }: Definition): DoctorCheck {
  return onControlPlane({
    name: configMap,
    title,
    after: ["kube-apiserver-health"],
    look: async (_plane, { once }) => {
      const answer = await once(fact);
      if (answer.state === "found") return passed();
      if (answer.state === "unseen") return skipped(unreadReason(answer));
      const what = answer.state === "missing" ? "is missing" : `cannot be used (${answer.reason})`;
      return warned(`The ConfigMap kube-system/${configMap} ${what}: joins and upgrades need it.`, {
        remedy: "Upload it again from the configuration that the cluster was created with.",
        commands: [shell`kubeadm init phase upload-config ${phase} --config FILE`],
      });
    },
  });
}

export const kubeadmConfig = configuration({
  configMap: kubeadmConfigName,
  title: "The cluster's configuration is stored and can be used",
  phase: "kubeadm",
  fact: clusterConfiguration,
});

export const kubeletConfig = configuration({
  configMap: kubeletConfigName,
  title: "The kubelets' configuration is stored and can be used",
  phase: "kubelet",
  fact: storedKubeletConfiguration,
});
