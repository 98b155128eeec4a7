// Configuration files as text: fields are set by their path, values are YAML as it is typed.

/** `apiServer.extraArgs` → the value in YAML's flow form: `[{name: v, value: "3"}]`. */
export type FieldValues = Readonly<Record<string, string>>;

interface Tree {
  [name: string]: Tree | string;
}

/** A document in block form. */
export function document(kind: string, fields: FieldValues, apiVersion = "kubeadm.k8s.io/v1beta4"): string {
  const tree: Tree = { apiVersion, kind };
  for (const [path, value] of Object.entries(fields)) {
    const names = path.split(".");
    const last = names.pop() ?? path;
    let at = tree;
    for (const name of names) {
      const next = at[name];
      const inner: Tree = typeof next === "object" ? next : {};
      at[name] = inner;
      at = inner;
    }
    at[last] = value;
  }
  return textOf(tree, "");
}

function textOf(tree: Tree, indentation: string): string {
  return Object.entries(tree)
    .map(([name, value]) => {
      if (typeof value === "string") return `${indentation}${name}: ${value}\n`;
      return `${indentation}${name}:\n${textOf(value, `${indentation}  `)}`;
    })
    .join("");
}

export const documents = (...texts: readonly string[]): string => texts.join("---\n");

/** Keys that are quick to make, an address that needs no lookup, a version that needs no network. */
export const initFields: FieldValues = {
  "localAPIEndpoint.advertiseAddress": "192.0.2.10",
  "nodeRegistration.name": "node-1",
};
export const clusterFields: FieldValues = { kubernetesVersion: "v1.37.2", encryptionAlgorithm: "ECDSA-P256" };

export function initDocuments(cluster: FieldValues = {}, init: FieldValues = {}): string {
  return documents(
    document("InitConfiguration", { ...initFields, ...init }),
    document("ClusterConfiguration", { ...clusterFields, ...cluster }),
  );
}

export const joinFields: FieldValues = {
  "discovery.bootstrapToken.token": "abcdef.0123456789abcdef",
  "discovery.bootstrapToken.apiServerEndpoint": "192.0.2.20:16443",
  "discovery.bootstrapToken.unsafeSkipCAVerification": "true",
  "nodeRegistration.name": "node-1",
};
