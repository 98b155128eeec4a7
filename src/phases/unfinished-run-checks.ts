import { remedyBefore } from "../errors/decision.ts";
import type { RunRecord } from "../journal/run-record.ts";
import { hasStartedService } from "../journal/unfinished-run.ts";
import {
  controllerManagerPort,
  etcdClientPort,
  etcdPeerPort,
  kubeletPort,
  schedulerPort,
} from "../kubeadm/component-ports.ts";
import {
  apiServerManifestPath,
  bootstrapKubeconfigPath,
  controllerManagerManifestPath,
  etcdManifestPath,
  kubeletKubeconfigPath,
  schedulerManifestPath,
} from "../kubeadm/paths.ts";
import { type Check, checkName, passed, problem } from "../kubeadm/preflight/check.ts";

/** The ports that a component listens on. */
const portsOf: Readonly<Record<string, readonly number[]>> = {
  [controllerManagerManifestPath]: [controllerManagerPort],
  [schedulerManifestPath]: [schedulerPort],
  [etcdManifestPath]: [etcdClientPort, etcdPeerPort],
};

/**
 * Returns which checks an interrupted run has satisfied by what it did: its own files, ports and etcd data are in
 * nobody's way.
 */
export function satisfiedChecks(
  record: RunRecord | undefined,
  bindPort: number | undefined,
): (check: string) => boolean {
  if (record?.resumed === undefined) return () => false;
  const { files, objects } = record.resumed.journal;
  const paths = files.map(({ path }) => path);
  const isStarted = hasStartedService(record.resumed.journal);
  // The kubelet may have written its own kubeconfig, and holds its port.
  if (isStarted) paths.push(kubeletKubeconfigPath, bootstrapKubeconfigPath);
  const ports = paths.flatMap((path) =>
    path === apiServerManifestPath ? (bindPort === undefined ? [] : [bindPort]) : (portsOf[path] ?? []),
  );
  if (isStarted) ports.push(kubeletPort);
  const names = new Set([
    ...paths.map((path) => checkName("FileAvailable", path)),
    ...ports.map((port) => `Port-${port}`),
  ]);
  // The directory may have been there before. What is in it now is the member's that the run has begun to start.
  const hasMember = paths.includes(etcdManifestPath) || objects.some(({ kind }) => kind === "EtcdMember");
  return (check) => names.has(check) || (hasMember && check.startsWith("DirAvailable-"));
}

/**
 * Refuses to overwrite what someone else has changed since the interruption; none if the run continues no other one.
 */
export function unfinishedRunChecks(record: RunRecord | undefined): readonly Check[] {
  if (record?.resumed === undefined) return [];
  const { changed } = record.resumed;
  return [
    {
      name: "FilesOfUnfinishedRun",
      severity: "error",
      run: async () =>
        changed.length === 0
          ? passed
          : problem(`changed since the interrupted run wrote them: ${changed.join(", ")}`, {
              remedy: remedyBefore("Restore them as that run wrote them.", {
                id: "changed-files",
                proof: { decided: "the changes are not needed" },
                act: "overwrite them with --ignore-preflight-errors=FilesOfUnfinishedRun",
                lost: "the changes",
              }),
            }),
    },
  ];
}
