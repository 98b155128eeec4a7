/**
 * How the fields of a type merge in a strategic merge patch, from the tags patchStrategy and patchMergeKey of
 * Kubernetes' Go types (k8s.io/api 0.37). Fields that are missing here merge by default: objects field by field, lists
 * are replaced whole.
 */
export interface MergeSchema {
  readonly fields?: Readonly<Record<string, MergeSchema>>;
  /** The field is a list that merges. */
  readonly list?: ListMerge;
}

export interface ListMerge {
  /** The field by which items are matched; a list without one is a set of plain values. */
  readonly mergeKey?: string;
  readonly items?: MergeSchema;
}

/** Returns the schema of a field; an empty one if the type has no tags for it. */
export function schemaOf(schema: MergeSchema, field: string): MergeSchema {
  const { fields = {} } = schema;
  return (Object.hasOwn(fields, field) ? fields[field] : undefined) ?? {};
}

function byKey(mergeKey: string, items: MergeSchema = {}): MergeSchema {
  return { list: { mergeKey, items } };
}

const objectMeta: MergeSchema = { fields: { finalizers: { list: {} }, ownerReferences: byKey("uid") } };

const container: MergeSchema = {
  fields: {
    ports: byKey("containerPort"),
    env: byKey("name"),
    volumeMounts: byKey("mountPath"),
    volumeDevices: byKey("devicePath"),
  },
};

/** A volume that is created from a claim template. */
const claim: MergeSchema = {
  fields: { ephemeral: { fields: { volumeClaimTemplate: { fields: { metadata: objectMeta } } } } },
};

const podSpec: MergeSchema = {
  fields: {
    volumes: byKey("name", claim),
    initContainers: byKey("name", container),
    containers: byKey("name", container),
    ephemeralContainers: byKey("name", container),
    imagePullSecrets: byKey("name"),
    hostAliases: byKey("ip"),
    topologySpreadConstraints: byKey("topologyKey"),
    schedulingGates: byKey("name"),
    resourceClaims: byKey("name"),
    evictionResponders: byKey("name"),
  },
};

const podStatus: MergeSchema = {
  fields: {
    conditions: byKey("type"),
    hostIPs: byKey("ip"),
    podIPs: byKey("ip"),
    resourceClaimStatuses: byKey("name"),
    nodeAllocatableResourceClaimStatuses: byKey("resourceClaimName", {
      fields: { mapping: byKey("name"), overhead: byKey("name") },
    }),
  },
};

interface Halves {
  readonly spec?: MergeSchema;
  readonly status?: MergeSchema;
  readonly others?: Readonly<Record<string, MergeSchema>>;
}

/** Returns the schema of a kind, including the metadata of every object. */
function objectSchema({ spec = {}, status = {}, others = {} }: Halves = {}): MergeSchema {
  return { fields: { metadata: objectMeta, spec, status, ...others } };
}

const conditions: MergeSchema = { fields: { conditions: byKey("type") } };

export const podMergeSchema: MergeSchema = objectSchema({ spec: podSpec, status: podStatus });

/** Deployments, DaemonSets and ReplicaSets. */
export const workloadMergeSchema: MergeSchema = objectSchema({
  spec: { fields: { template: { fields: { metadata: objectMeta, spec: podSpec } } } },
  status: conditions,
});

/** KubeletConfiguration has no tags: its lists are replaced. */
export const kubeletMergeSchema: MergeSchema = {};

/** The kinds of an API server; kinds without tags are missing. */
const byKind: Readonly<Record<string, MergeSchema>> = {
  CSINode: objectSchema({
    spec: { fields: { drivers: byKey("name") } },
    status: { fields: { storageHealth: byKey("name") } },
  }),
  DaemonSet: workloadMergeSchema,
  Deployment: workloadMergeSchema,
  Namespace: objectSchema({ status: conditions }),
  Node: objectSchema({
    spec: { fields: { podCIDRs: { list: {} } } },
    status: { fields: { conditions: byKey("type"), addresses: byKey("type") } },
  }),
  Pod: podMergeSchema,
  PodCertificateRequest: objectSchema({ status: conditions }),
  ReplicaSet: workloadMergeSchema,
  Service: objectSchema({ spec: { fields: { ports: byKey("port") } }, status: conditions }),
  ServiceAccount: objectSchema({ others: { secrets: byKey("name") } }),
};

const untagged = objectSchema();

/**
 * Returns the schema of a kind of the API; taints, rules, subjects and a CSR's conditions have no tags, so they are
 * replaced.
 */
export function mergeSchemaOf(kind: string): MergeSchema {
  return (Object.hasOwn(byKind, kind) ? byKind[kind] : undefined) ?? untagged;
}

/**
 * Returns how the list that these names lead to merges, through the items of the lists before it; undefined: it is
 * replaced.
 */
export function listMergeAt(schema: MergeSchema, names: readonly string[]): ListMerge | undefined {
  return names.reduce((place, name) => schemaOf(place.list?.items ?? place, name), schema).list;
}
