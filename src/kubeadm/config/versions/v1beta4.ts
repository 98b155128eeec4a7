import { objectOf, string } from "../../../go/json/schema.ts";
import { kindsOf } from "./kinds.ts";

export const v1beta4GroupVersion = "kubeadm.k8s.io/v1beta4";

const arg = objectOf("v1beta4.Arg", { name: string(), value: string() });

/** The wire form of kubeadm.k8s.io/v1beta4. */
export const {
  timeouts,
  initConfiguration: initConfigurationV1beta4,
  joinConfiguration: joinConfigurationV1beta4,
  clusterConfiguration: clusterConfigurationV1beta4,
} = kindsOf("v1beta4", arg);
