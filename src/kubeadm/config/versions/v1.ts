import { objectOf, string } from "../../../go/json/schema.ts";
import { kindsOf } from "./kinds.ts";

/** Experimental: read where --allow-experimental-api, or a stored configuration, brings it; never written. */
export const v1GroupVersion = "kubeadm.k8s.io/v1";

const arg = objectOf("v1.Arg", { name: string(), value: string(), mergeMethod: string("v1.ArgMergeMethod") });

/** The wire form of kubeadm.k8s.io/v1. */
export const {
  initConfiguration: initConfigurationV1,
  joinConfiguration: joinConfigurationV1,
  clusterConfiguration: clusterConfigurationV1,
} = kindsOf("v1", arg);
