// An API server that refuses or fails one kind of request, for commands that make it.
import type { DifferCase, WorldSettings } from "../case.ts";
import { words } from "./command-line-cases.ts";
import { controlPlaneFiles, oldCluster, upgradeLines } from "./upgrade-world.ts";

type Match = NonNullable<NonNullable<WorldSettings["apiServer"]>["faults"]>[number]["match"];

const codes = [401, 403, 404, 500, 503];

const configMap = (name: string): Match => ({ path: `/api/v1/namespaces/kube-system/configmaps/${name}` });

const upgradeRequests: Readonly<Record<string, Match>> = {
  "get kubeadm-config": configMap("kubeadm-config"),
  "get kubelet-config": configMap("kubelet-config"),
  "get kube-proxy": configMap("kube-proxy"),
  "get nodes": { verb: "get", resource: "nodes" },
  "list pods": { verb: "list", resource: "pods" },
  "create selfsubjectreviews": { verb: "create", resource: "selfsubjectreviews" },
};

/** What only `upgrade plan` asks for. */
const planRequests: Readonly<Record<string, Match>> = {
  "get coredns": configMap("coredns"),
  "list deployments": { verb: "list", resource: "deployments" },
};

const tokenRequests: Readonly<Record<string, readonly [Match, string]>> = {
  "list secrets": [{ verb: "list", resource: "secrets" }, "token list"],
  "delete secrets": [{ verb: "delete", resource: "secrets" }, "token delete abcdef"],
};

function faulty(name: string, match: Match, lines: readonly string[]): readonly DifferCase[] {
  return codes.flatMap((code) =>
    lines.map(
      (line): DifferCase => ({
        name: `fault of the API/${code} for ${name}/${line}`,
        args: words(line),
        tree: "control-plane",
        files: controlPlaneFiles,
        world: oldCluster({ faults: [{ match, code }] }),
        timeoutMs: 30_000,
      }),
    ),
  );
}

export function apiFaultCases(): readonly DifferCase[] {
  const plan = upgradeLines.filter((line) => line.startsWith("upgrade plan"));
  return [
    ...Object.entries(upgradeRequests).flatMap(([name, match]) => faulty(name, match, upgradeLines)),
    ...Object.entries(planRequests).flatMap(([name, match]) => faulty(name, match, plan)),
    ...Object.entries(tokenRequests).flatMap(([name, [match, line]]) => faulty(name, match, [line])),
  ];
}
