import { currentCluster } from "../../kubeconfig/kubeconfig.ts";
import { bootstrapKubeconfigPath, kubeletKubeconfigPath } from "../../paths.ts";
import { type DoctorCheck, failed, passed } from "../check.ts";
import { bootstrapKubeconfig, kubeletKubeconfig } from "../facts/kubeconfig.ts";
import { membership } from "../facts/membership.ts";
import { newKubeletCredentials } from "./new-kubelet-credentials.ts";

export const kubeletKubeconfigUsable: DoctorCheck = {
  name: "kubelet-kubeconfig",
  group: "credentials",
  title: "The kubelet has a kubeconfig",
  after: ["unfinished-run"],
  look: async (examination) => {
    const { once } = examination;
    const [own, bootstrap, { traces }] = await Promise.all([
      once(kubeletKubeconfig),
      once(bootstrapKubeconfig),
      once(membership),
    ]);
    if (own.state === "not-readable") throw own.error;
    if (own.state === "loaded") {
      const server = currentCluster(own.kubeconfig)?.server ?? "";
      if (server !== "") return passed(server);
      const advice = await newKubeletCredentials("kubeconfig", examination);
      return failed(`${kubeletKubeconfigPath} names no API server.`, advice);
    }
    if (own.state === "missing" && bootstrap.state === "loaded") {
      return passed(`${bootstrapKubeconfigPath}, until the kubelet has its certificate`);
    }
    const advice = await newKubeletCredentials("kubeconfig", examination);
    if (own.state === "invalid") {
      return failed(`${kubeletKubeconfigPath} is not a valid kubeconfig: ${own.error.message}`, advice);
    }
    return failed(`${kubeletKubeconfigPath} is missing, although this machine has joined a cluster or started to.`, {
      evidence: traces.map((path) => `${path} exists`),
      ...advice,
    });
  },
};
