import { expect, it } from "vitest";
import type { Event } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { nodeRegistrationFrom } from "../config/versions/convert-join.ts";
import { warnOfRestrictedLabels } from "./restricted-labels.ts";

function warnings(...nodeLabels: readonly string[]): readonly string[] {
  const told: Event[] = [];
  const kubeletExtraArgs = nodeLabels.map((value) => ({ name: "node-labels", value }));
  const registration = nodeRegistrationFrom({ name: "w1", kubeletExtraArgs });
  warnOfRestrictedLabels(
    registration,
    eventsTo(
      (event) => told.push(event),
      () => new Date(0),
    ),
  );
  return told.flatMap((event) => (event.type === "warning" ? [event.message] : []));
}

it("names labels that keep a kubelet from starting, and the command that sets them later", () => {
  expect(warnings("zone=a,node-role.kubernetes.io/worker=,x.k8s.io/y", "kubernetes.io/role=db")).toEqual([
    "node-labels of kubeletExtraArgs has labels that a kubelet may not set on its own Node, so it will not start: " +
      "node-role.kubernetes.io/worker=, x.k8s.io/y, kubernetes.io/role=db. Remove them, and set them after the Node has registered: " +
      "kubectl label node w1 node-role.kubernetes.io/worker= x.k8s.io/y= kubernetes.io/role=db",
  ]);
});

it.each([
  ["of its own", "pool=a,example.com/tier=b"],
  ["of a namespace that only ends alike", "mykubernetes.io/a=b"],
  ["of kubelets", "node.kubernetes.io/pool=a,kubelet.kubernetes.io/a=b,x.node.kubernetes.io/c=d"],
  ["that it sets anyway", "kubernetes.io/hostname=w1,topology.kubernetes.io/zone=a,beta.kubernetes.io/arch=amd64"],
  ["that there are none of", ""],
])("says nothing of labels %s", (_what, labels) => {
  expect(warnings(labels)).toEqual([]);
});
