/** The type of a document: `group/version`, and the kind within it. */
export interface GroupVersionKind {
  /** "" for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** As Go prints it with %v: `kubeadm.k8s.io/v1beta4, Kind=JoinConfiguration`. */
export function formatGvk({ group, version, kind }: GroupVersionKind): string {
  return `${group}/${version}, Kind=${kind}`;
}

/** As Go prints it with %#v. */
export function formatGvkAsGo({ group, version, kind }: GroupVersionKind): string {
  return `schema.GroupVersionKind{Group:"${group}", Version:"${version}", Kind:"${kind}"}`;
}

export function groupVersionOf({ group, version }: GroupVersionKind): string {
  return group === "" ? version : `${group}/${version}`;
}
