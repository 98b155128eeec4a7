import { goQuote } from "../../go/quote.ts";
import { event, text } from "../entry.ts";
import { progress } from "../line.ts";

export const certificateEvents = {
  "certificates.directory": event<{ directory: string }>({ directory: text }, ({ directory }) =>
    progress("certs", `Using certificateDir folder ${goQuote(directory)}`),
  ),

  /**
   * `name`: path below that directory without its ending; "sa" for the service account key, which has no certificate.
   */
  "certificate.generating": event<{ name: string; kind?: "certificate" | "key" }>(
    { name: text, kind: "certificate" },
    ({ name, kind = "certificate" }) =>
      progress("certs", `Generating ${goQuote(name)} ${kind === "key" ? "key and public key" : "certificate and key"}`),
  ),

  "certificate.serving": event<{
    name: string;
    dnsNames: readonly string[];
    ipAddresses: readonly string[];
  }>({ name: text, dnsNames: [text], ipAddresses: [text] }, ({ name, dnsNames, ipAddresses }) =>
    progress(
      "certs",
      `${name} serving cert is signed for DNS names [${dnsNames.join(" ")}] and IPs [${ipAddresses.join(" ")}]`,
    ),
  ),

  /** An existing file is used unchanged. `joined-leaf`: a control plane that joins checks it in more detail. */
  "certificate.kept": event<{ name: string; kind: keyof typeof keptTexts }>(
    { name: text, kind: "leaf" },
    ({ name, kind }) => progress("certs", keptTexts[kind](name)),
  ),

  /** kubeadm does not create the certificates of an external etcd. */
  "certificate.skipped": event<{ name: string; kind: "authority" | "leaf" }>(
    { name: text, kind: "leaf" },
    ({ name, kind }) =>
      progress(
        "certs",
        `External etcd mode: Skipping ${name} ${kind === "authority" ? "certificate authority" : "certificate"} generation`,
      ),
  ),

  /** The validity of a certificate in a file: one that was made or issued, or an existing one that is used. */
  "certificate.validity": event<{
    path: string;
    /** Common name of its subject. */
    subject: string;
    /** RFC 3339, as are those of `notAfter`. */
    notBefore: string;
    notAfter: string;
    /** "issued": signed by the cluster, or for a certificate that the cluster issues. */
    origin: "made" | "issued" | "kept";
  }>({ path: text, subject: text, notBefore: text, notAfter: text, origin: "made" }, () => []),

  "certificates.complete": event<{ directory: string }>({ directory: text }, ({ directory }) =>
    progress("certs", `Valid certificates and keys now exist in ${goQuote(directory)}`),
  ),

  "kubeconfig.joining": event({}, () => progress("kubeconfig", "Generating kubeconfig files")),

  "kubeconfig.directory": event<{ directory: string }>({ directory: text }, ({ directory }) =>
    progress("kubeconfig", `Using kubeconfig folder ${goQuote(directory)}`),
  ),

  "kubeconfig.writing": event<{ file: string }>({ file: text }, ({ file }) =>
    progress("kubeconfig", `Writing ${goQuote(file)} kubeconfig file`),
  ),

  "kubeconfig.kept": event<{ path: string }>({ path: text }, ({ path }) =>
    progress("kubeconfig", `Using existing kubeconfig file: ${goQuote(path)}`),
  ),

  /** The key of the cluster's CA is not on this machine, so the file must have been provided. */
  "kubeconfig.external": event<{ file: string }>({ file: text }, ({ file }) =>
    progress("kubeconfig", `External CA mode: Using user provided ${file}`),
  ),
};

const keptTexts = {
  authority: (name: string) => `Using existing ${name} certificate authority`,
  "keyless-authority": (name: string) => `Using existing ${name} keyless certificate authority`,
  leaf: (name: string) => `Using existing ${name} certificate and key on disk`,
  "joined-leaf": (name: string) => `Using the existing ${goQuote(name)} certificate and key`,
  key: (name: string) => `Using the existing ${goQuote(name)} key`,
  "provided-keys": (name: string) => `Using existing ${name} keys`,
} as const;
