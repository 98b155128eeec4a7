import { kubeadmConfigName, kubeletConfigName } from "../../cluster-objects/upload-configuration.ts";
import { type DoctorCheck, passed, skipped, warned } from "../check.ts";
import type { Examination } from "../examination.ts";
import { unseen } from "../facts/answer.ts";
import { clusterConfiguration, storedKubeletConfiguration } from "../facts/cluster-configuration.ts";
import { onControlPlane } from "./on-control-plane.ts";

type Answer = Awaited<ReturnType<typeof clusterConfiguration | typeof storedKubeletConfiguration>>;

interface Stored {
  readonly configMap: string;
  readonly title: string;
  /** Argument of `kubeadm init phase upload-config`. */
  readonly phase: string;
  readonly who: string;
  read(examination: Examination): Promise<Answer>;
}

function configuration({ configMap, title, phase, who, read }: Stored): DoctorCheck {
  return onControlPlane({
    name: configMap,
    title,
    after: ["kube-apiserver-health"],
    look: async (_plane, examination) => {
      const answer = await read(examination);
      if (answer.state === "found") return passed();
      if (answer.state === "unseen") return skipped(unseen(answer));
      const what = answer.state === "missing" ? "is missing" : `cannot be used: ${answer.reason}`;
      return warned(`The ConfigMap kube-system/${configMap} ${what}${answer.state === "missing" ? ": " : ". "}${who}`, {
        remedy: "Upload it again from the configuration that the cluster was made with.",
        commands: [`kubeadm init phase upload-config ${phase} --config FILE`],
      });
    },
  });
}

export const kubeadmConfig = configuration({
  configMap: kubeadmConfigName,
  title: "The cluster's configuration is stored and can be used",
  phase: "kubeadm",
  who: "joins and upgrades cannot do without it.",
  read: ({ once }) => once(clusterConfiguration),
});

export const kubeletConfig = configuration({
  configMap: kubeletConfigName,
  title: "The kubelets' configuration is stored and can be used",
  phase: "kubelet",
  who: "joins and upgrades cannot do without it.",
  read: ({ once }) => once(storedKubeletConfiguration),
});
