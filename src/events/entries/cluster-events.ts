import { contentLines, oneLine } from "../../errors/printable-text.ts";
import { Secret } from "../../errors/secret.ts";
import { goQuote } from "../../go/quote.ts";
import { event, text } from "../entry.ts";
import { inArea, log, progress } from "../line.ts";

export const clusterEvents = {
  "configuration.uploading": event<{ configMap: "kubeadm-config" | "kubelet-config"; namespace: string }>(
    { configMap: "kubeadm-config", namespace: text },
    ({ configMap, namespace }) =>
      configMap === "kubeadm-config"
        ? progress(
            "upload-config",
            `Storing the configuration used in ConfigMap ${goQuote(configMap)} in the ${goQuote(namespace)} Namespace`,
          )
        : progress(
            "kubelet",
            `Creating a ConfigMap ${goQuote(configMap)} in namespace ${namespace} with the configuration for the kubelets in the cluster`,
          ),
  ),

  "certificates.upload.skipped": event({}, () => progress("upload-certs", "Skipping phase. Please see --upload-certs")),

  "certificates.uploading": event<{ secret: string; namespace: string }>(
    { secret: text, namespace: text },
    ({ secret, namespace }) =>
      progress(
        "upload-certs",
        `Storing the certificates in Secret ${goQuote(secret)} in the ${goQuote(namespace)} Namespace`,
      ),
  ),

  /** `key` decrypts the created Secret; not set if it must not be shown. */
  "certificates.uploaded": event<{ key?: Secret }>({ key: new Secret(text) }, ({ key }) =>
    key === undefined
      ? []
      : [
          ...progress("upload-certs", "Using certificate key:"),
          { kind: "disclosure", text: new Secret(oneLine(key.reveal())) },
        ],
  ),

  "certificates.downloading": event<{ secret: string; namespace: string }>(
    { secret: text, namespace: text },
    ({ secret, namespace }) =>
      progress(
        "download-certs",
        `Downloading the certificates in Secret ${goQuote(secret)} in the ${goQuote(namespace)} Namespace`,
      ),
  ),

  "certificates.saving": event<{ directory: string }>({ directory: text }, ({ directory }) =>
    progress("download-certs", `Saving the certificates to the folder: ${goQuote(directory)}`),
  ),

  /** Taints as `key=value:Effect`. */
  "node.marking": event<{ node: string; labels: readonly string[]; taints: readonly string[] }>(
    { node: text, labels: [text], taints: [text] },
    ({ node, labels, taints }) => [
      ...progress(
        "mark-control-plane",
        `Marking the node ${node} as control-plane by adding the labels: [${labels.join(" ")}]`,
      ),
      ...(taints.length === 0
        ? []
        : progress(
            "mark-control-plane",
            `Marking the node ${node} as control-plane by adding the taints [${taints.join(" ")}]`,
          )),
    ],
  ),

  "bootstrap.tokens.used": event<{ tokens: readonly Secret[] }>({ tokens: [new Secret(text)] }, ({ tokens }) => [
    { kind: "disclosure", text: tokensText(tokens) },
  ]),

  "bootstrap.configuring": event({}, () =>
    progress("bootstrap-token", "Configuring bootstrap tokens, cluster-info ConfigMap, RBAC Roles"),
  ),

  "bootstrap.right.granting": event<{ right: keyof typeof rightTexts }>({ right: "get-nodes" }, ({ right }) =>
    progress("bootstrap-token", `Configured RBAC rules to ${rightTexts[right]}`),
  ),

  "bootstrap.cluster-info.creating": event<{ configMap: string; namespace: string }>(
    { configMap: text, namespace: text },
    ({ configMap, namespace }) =>
      progress(
        "bootstrap-token",
        `Creating the ${goQuote(configMap)} ConfigMap in the ${goQuote(namespace)} namespace`,
      ),
  ),

  /** The lines of CoreDNS' configuration that changed for a newer version, in words. */
  "addon.corefile.migrated": event<{ notes: readonly string[] }>({ notes: [text] }, ({ notes }) => [
    ...progress("addons", "Migrating CoreDNS Corefile"),
    ...notes.flatMap((note) => log(1, "addons", note)),
  ]),

  "addon.applied": event<{ addon: string }>({ addon: text }, ({ addon }) =>
    progress("addons", `Applied essential addon: ${addon}`),
  ),

  /** The objects of an addon as YAML documents, for --print-manifest. */
  "addon.manifest": event<{ addon: string; manifest: string }>({ addon: text, manifest: text }, ({ manifest }) =>
    contentLines(manifest.replace(/\n$/, "")).map((text) => ({ kind: "progress", text })),
  ),
};

const rightTexts = {
  "get-nodes": "allow Node Bootstrap tokens to get nodes",
  "post-csrs": "allow Node Bootstrap tokens to post CSRs in order for nodes to get long term certificate credentials",
  "approve-csrs": "allow the csrapprover controller automatically approve CSRs from a Node Bootstrap Token",
  "rotate-certificates": "allow certificate rotation for all node client certificates in the cluster",
  "kubelet-api": "allow the API server kubelet client certificate to access the kubelet API",
} as const;

function tokensText(tokens: readonly Secret[]): Secret {
  const shown = tokens.map((token) => token.reveal());
  const [only] = shown;
  const text = shown.length === 1 ? `Using token: ${only}` : `Using tokens: [${shown.join(" ")}]`;
  return new Secret(oneLine(inArea("bootstrap-token", text)));
}
