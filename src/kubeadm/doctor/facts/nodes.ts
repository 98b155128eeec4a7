import { type NodeObject, nodes, type PodObject, pods } from "../../../cluster/resources.ts";
import { systemNamespace } from "../../cluster-objects/rbac.ts";
import type { Fact } from "../examination.ts";
import { type Answer, ask } from "./cluster-access.ts";

export const allNodes: Fact<Answer<readonly NodeObject[]>> = (examination) =>
  ask(examination, (cluster, options) => cluster.list(nodes, options));

/** The mirror Pods of all control planes' static Pods. */
export const controlPlanePods: Fact<Answer<readonly PodObject[]>> = (examination) =>
  ask(examination, (cluster, options) =>
    cluster.list(pods, { ...options, namespace: systemNamespace, labelSelector: "tier=control-plane" }),
  );
