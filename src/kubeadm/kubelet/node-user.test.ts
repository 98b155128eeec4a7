import { expect, it } from "vitest";
import { nodeOfUser, nodeUser } from "./node-user.ts";

it.each([
  ["a kubelet's user belongs to its Node", nodeUser("w1"), "w1"],
  ["a user whose name only ends like a kubelet's belongs to none", "x-system:node:w1", undefined],
  ["the group of all kubelets belongs to none", "system:nodes", undefined],
])("%s", (_what, user, node) => {
  expect(nodeOfUser(user)).toBe(node);
});
