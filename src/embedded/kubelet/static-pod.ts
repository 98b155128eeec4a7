import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesObject } from "../../cluster/cluster.ts";
import { toJson } from "../../go/yaml/node.ts";
import { readYaml } from "../../go/yaml/read-yaml.ts";
import type { JsonObject } from "../../values/json.ts";
import type { ContainerConfig, PodSandboxConfig } from "../cri/pod-messages.ts";
import { type ManifestPlace, staticPodHash } from "./static-pod-hash.ts";

interface NamedValue {
  readonly name: string;
  readonly value?: string;
}

interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly NamedValue[];
  readonly resources?: object;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
}

export interface PodObject extends KubernetesObject {
  readonly spec: {
    readonly containers: readonly ContainerSpec[];
    readonly volumes?: readonly {
      readonly name: string;
      readonly hostPath?: { readonly path: string; readonly type?: string };
    }[];
  };
}

/** A pod of the manifest directory, under its name on this node. */
export interface StaticPod {
  readonly name: string;
  readonly namespace: string;
  /** Digest of the Pod, the node and the path: a changed Pod is another one. */
  readonly uid: string;
  readonly object: PodObject;
}

export interface Manifests {
  readonly pods: readonly StaticPod[];
  /** Files that are not pods, and why. */
  readonly unreadable: readonly { readonly file: string; readonly reason: string }[];
}

export interface ManifestDirectory {
  /** The path on the node. */
  readonly directory: string;
  /** The path on this machine. */
  readonly here: string;
  readonly nodeName: string;
}

/** Reads every file of the directory except those whose names begin with a dot, as the real kubelet does. */
export function readManifests({ directory, here, nodeName }: ManifestDirectory): Manifests {
  const pods: StaticPod[] = [];
  const unreadable: { file: string; reason: string }[] = [];
  for (const file of filesOf(here)) {
    try {
      const pod = podOf(readFileSync(join(here, file), "utf8"), { nodeName, path: join(directory, file) });
      if (pod !== undefined) pods.push(pod);
    } catch (error) {
      unreadable.push({ file, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { pods, unreadable };
}

function filesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}

/** Undefined for an empty file: it is still being written. */
function podOf(text: string, place: ManifestPlace): StaticPod | undefined {
  if (text.trim() === "") return undefined;
  const document = toJson(readYaml(text)) as JsonObject;
  const object = document as unknown as Partial<PodObject> & { readonly kind?: string };
  const { metadata, spec } = object;
  if (object.kind !== "Pod" || metadata?.name === undefined || spec === undefined)
    throw new Error("couldn't parse as pod");
  return {
    name: `${metadata.name}-${place.nodeName}`,
    namespace: metadata.namespace ?? "default",
    uid: staticPodHash(document, place),
    object: { ...object, metadata, spec },
  };
}

export function sandboxConfig(pod: StaticPod): PodSandboxConfig {
  const { name, namespace, uid } = pod;
  return {
    metadata: { name, namespace, uid, attempt: 0 },
    logDirectory: `/var/log/pods/${namespace}_${name}_${uid}`,
  };
}

export function containerConfig({ object }: StaticPod, container: ContainerSpec, attempt: number): ContainerConfig {
  const { name, image, command = [], args = [], env = [], volumeMounts = [] } = container;
  return {
    metadata: { name, attempt },
    image: { image },
    command: [...command],
    args: [...args],
    envs: env.map(({ name: key, value = "" }) => ({ key, value })),
    mounts: volumeMounts.map((mount) => {
      const volume = object.spec.volumes?.find((candidate) => candidate.name === mount.name);
      return {
        containerPath: mount.mountPath,
        hostPath: volume?.hostPath?.path ?? "",
        readonly: mount.readOnly ?? false,
      };
    }),
    logPath: `${name}/${attempt}.log`,
  };
}

export interface HostVolume {
  readonly path: string;
  readonly type: string;
}

export function hostVolumes({ object }: StaticPod): readonly HostVolume[] {
  return (object.spec.volumes ?? []).flatMap(({ hostPath }) =>
    hostPath === undefined ? [] : [{ path: hostPath.path, type: hostPath.type ?? "" }],
  );
}
