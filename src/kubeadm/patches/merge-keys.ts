/**
 * How the lists and maps of a type merge in a strategic merge patch: Kubernetes keeps it in the tags patchStrategy and
 * patchMergeKey of its Go types (k8s.io/api). What is not named here merges by default: maps field by field, lists are
 * replaced whole.
 */
export interface MergeSchema {
  readonly fields?: Readonly<Record<string, MergeSchema>>;
  /** A list of objects merges item by item, matched by this field. */
  readonly mergeKey?: string;
  /** A list of plain values merges as a set. */
  readonly mergesAsSet?: boolean;
  /** Of the items of a list that merges. */
  readonly items?: MergeSchema;
}

function byKey(mergeKey: string, items: MergeSchema = {}): MergeSchema {
  return { mergeKey, items };
}

const objectMeta: MergeSchema = { fields: { finalizers: { mergesAsSet: true }, ownerReferences: byKey("uid") } };

const container: MergeSchema = {
  fields: {
    ports: byKey("containerPort"),
    env: byKey("name"),
    volumeMounts: byKey("mountPath"),
    volumeDevices: byKey("devicePath"),
  },
};

const podSpec: MergeSchema = {
  fields: {
    volumes: byKey("name"),
    initContainers: byKey("name", container),
    containers: byKey("name", container),
    ephemeralContainers: byKey("name", container),
    imagePullSecrets: byKey("name"),
    hostAliases: byKey("ip"),
    topologySpreadConstraints: byKey("topologyKey"),
    schedulingGates: byKey("name"),
    resourceClaims: byKey("name"),
  },
};

const podTemplate: MergeSchema = { fields: { metadata: objectMeta, spec: podSpec } };

export const podMergeSchema: MergeSchema = { fields: { metadata: objectMeta, spec: podSpec } };

/** Deployments and DaemonSets. */
export const workloadMergeSchema: MergeSchema = {
  fields: { metadata: objectMeta, spec: { fields: { template: podTemplate } } },
};

/** KubeletConfiguration has no tags: its lists are replaced. */
export const kubeletMergeSchema: MergeSchema = {};
