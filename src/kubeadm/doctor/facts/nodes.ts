import { type NodeObject, nodes, type PodObject, pods } from "../../../cluster/resources.ts";
import { systemNamespace } from "../../cluster-objects/rbac.ts";
import type { Fact } from "../examination.ts";
import type { Answer } from "./answer.ts";
import { ask } from "./cluster-access.ts";
import { askAsKubelet } from "./kubelet-access.ts";
import { nodeName } from "./node-name.ts";

/** This machine's Node, read with the kubelet's credentials. */
export const ownNode: Fact<Answer<NodeObject>> = async (examination) => {
  const name = await examination.once(nodeName);
  return askAsKubelet(examination, (cluster, options) => cluster.get(nodes, { name }, options));
};

export const allNodes: Fact<Answer<readonly NodeObject[]>> = (examination) =>
  ask(examination, (cluster, options) => cluster.list(nodes, options));

/** The mirror Pods of all control planes' static Pods. */
export const controlPlanePods: Fact<Answer<readonly PodObject[]>> = (examination) =>
  ask(examination, (cluster, options) =>
    cluster.list(pods, { ...options, namespace: systemNamespace, labelSelector: "tier=control-plane" }),
  );
