import { createHmac } from "node:crypto";
import { type CertificateAuthority, issueCertificate } from "../../src/pki/x509.ts";
import { type Attack, attacksBy } from "./attack.ts";
import {
  type Answer,
  type Authorities,
  clusterInfoAnswer,
  falseCluster,
  falseServer,
  joinOnMachine,
  pinOf,
  serverIdentity,
  spoilsOf,
  stolenToken,
  type TlsIdentity,
  twoAuthorities,
} from "./false-cluster.ts";

interface Ambush {
  /** What cluster-info's kubeconfig says of the cluster; the CA bundle is base64 already. */
  readonly kubeconfig: (bundle: string, endpoint: string) => string;
  readonly bundle: (authorities: Authorities) => string | Promise<string>;
  readonly identity?: (authorities: Authorities) => Promise<TlsIdentity>;
  readonly answer?: (kubeconfig: string) => Answer;
  /** Connections that it takes for the attack to have come to its point; the first one reads cluster-info unverified. */
  readonly connections: number;
  readonly pins?: (authorities: Authorities) => readonly string[];
  /** The second read goes to the cluster that is meant. */
  readonly passesSecond?: boolean;
  readonly unpinned?: boolean;
  readonly token?: string;
}

const plain = (bundle: string, endpoint: string) =>
  `apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    certificate-authority-data: ${bundle}\n    server: https://${endpoint}\n  name: ""\n`;

function ambush(name: string, given: Partial<Ambush> & Pick<Ambush, "bundle">): Attack {
  const { bundle, kubeconfig = plain, connections = 2, identity, answer = clusterInfoAnswer, pins, unpinned } = given;
  const run = async ({ program }: { readonly program: string }) => {
    const authorities = await twoAuthorities();
    const tls = await (identity ?? (({ evil }) => serverIdentity(evil)))(authorities);
    const data = Buffer.from(await bundle(authorities)).toString("base64");
    await using meant = await falseServer(
      await serverIdentity(authorities.real),
      falseCluster(
        clusterInfoAnswer(plain(Buffer.from(authorities.real.certificatePem).toString("base64"), "10.0.0.1:6443")),
      ),
    );
    const served: { answer?: Answer } = {};
    await using server = await falseServer(
      tls,
      (path) => falseCluster(served.answer ?? { status: 500, body: "" })(path),
      given.passesSecond === true ? { from: 2, to: meant.endpoint } : undefined,
    );
    served.answer = answer(kubeconfig(data, server.endpoint));
    const token = given.token ?? stolenToken;
    const ran = await joinOnMachine(program, {
      bootstrapToken: {
        token,
        apiServerEndpoint: server.endpoint,
        ...(unpinned === true
          ? { unsafeSkipCAVerification: true }
          : { caCertHashes: (pins ?? (({ real }) => [pinOf(real)]))(authorities) }),
      },
      tlsBootstrapToken: token,
    });
    const isAsked = server.asked.some(({ path }) => path.includes("cluster-info"));
    return {
      carriedOut: isAsked && server.connections() >= connections,
      won: spoilsOf(ran, server, authorities) ?? spoilsOf(ran, meant, authorities),
    };
  };
  return { name, run };
}

const relabeled = (pem: string, label: string) => pem.replaceAll(" CERTIFICATE-", ` ${label}-`);

/** A certificate of the attacker's CA for the public key of the CA that is meant: its pin fits. */
function crossSigned({ real, evil }: Authorities): Promise<string> {
  return issueCertificate({
    ca: evil,
    subject: { commonName: "kubernetes" },
    publicKey: real.certificate.publicKey,
    notBefore: new Date(Date.now() - 1_000_000),
    notAfter: new Date(Date.now() + 1_000_000),
    keyUsages: ["digital signature", "certificate signing"],
    extendedKeyUsages: [],
  });
}

const withStolenToken: readonly Attack[] = [
  ambush("shows the CA of its own cluster", { bundle: ({ evil }) => evil.certificatePem, connections: 1 }),
  ambush("puts its CA behind the pinned one", {
    bundle: ({ real, evil }) => real.certificatePem + evil.certificatePem,
  }),
  ambush("puts its CA before the pinned one", {
    bundle: ({ real, evil }) => evil.certificatePem + real.certificatePem,
  }),
  ambush("adds its CA to the pinned one as an X509 CERTIFICATE", {
    bundle: ({ real, evil }) => relabeled(evil.certificatePem, "X509 CERTIFICATE") + real.certificatePem,
  }),
  ambush("adds its CA to the pinned one as a TRUSTED CERTIFICATE", {
    bundle: ({ real, evil }) => real.certificatePem + relabeled(evil.certificatePem, "TRUSTED CERTIFICATE"),
  }),
  ambush("puts headers into the block of its CA", {
    bundle: ({ real, evil }) =>
      real.certificatePem + evil.certificatePem.replace("-----\n", "-----\nProc-Type: 4,CLEAR\n\n"),
  }),
  ambush("begins the block of its CA within a line", {
    bundle: ({ real, evil }) => `${real.certificatePem}# ${evil.certificatePem}`,
  }),
  ambush("hides the PEM of its CA in a block that a certificate should be in", {
    bundle: ({ real, evil }) => `${real.certificatePem}${wrapped(Buffer.from(evil.certificatePem))}`,
    connections: 1,
  }),
  ambush("hides its CA behind the pinned one in one block", {
    bundle: ({ real, evil }) => wrapped(Buffer.concat([real.certificate.raw, evil.certificate.raw])),
    connections: 1,
  }),
  ambush("gives the pinned key a certificate of its own CA, and shows both", {
    bundle: async (authorities) => (await crossSigned(authorities)) + authorities.evil.certificatePem,
  }),
  ambush("gives the pinned key a certificate of its own CA, and sends that with its server certificate", {
    bundle: crossSigned,
    identity: async (authorities) => {
      const identity = await serverIdentity(authorities.evil);
      const chain = (await crossSigned(authorities)) + authorities.evil.certificatePem;
      return { ...identity, certificate: identity.certificate + chain };
    },
  }),
  ambush("names its own server certificate as a CA", {
    identity: ({ evil }) => fixedIdentity(evil),
    bundle: async ({ real, evil }) => real.certificatePem + (await fixedIdentity(evil)).certificate,
  }),
  ambush("sends the pinned CA in its server's chain", {
    bundle: ({ real }) => real.certificatePem,
    identity: async ({ real, evil }) => {
      const identity = await serverIdentity(evil);
      return { ...identity, certificate: identity.certificate + real.certificatePem };
    },
  }),
  ambush("asks not to be verified, despite the pinned CA", {
    bundle: ({ real }) => real.certificatePem,
    kubeconfig: (bundle, endpoint) =>
      plain(bundle, endpoint).replace("    server:", "    insecure-skip-tls-verify: true\n    server:"),
  }),
  ambush("asks to be verified by another name, of which it has a certificate of the pinned CA", {
    bundle: ({ real }) => real.certificatePem,
    identity: ({ real }) => serverIdentity(real, { names: ["node.example"] }),
    kubeconfig: (bundle, endpoint) =>
      plain(bundle, endpoint).replace("    server:", "    tls-server-name: node.example\n    server:"),
  }),
  ambush("shows a client's certificate of the pinned CA", {
    bundle: ({ real }) => real.certificatePem,
    identity: ({ real }) => serverIdentity(real, { usages: ["client auth"] }),
  }),
  ambush("names its CA by a file, and the pinned one by data", {
    bundle: ({ real }) => real.certificatePem,
    kubeconfig: (bundle, endpoint) =>
      plain(bundle, endpoint).replace("    server:", "    certificate-authority: /etc/evil.crt\n    server:"),
  }),
  ambush("names two clusters, the pinned CA in the one that does not count", {
    bundle: ({ real }) => real.certificatePem,
    kubeconfig: (bundle, endpoint) =>
      plain(bundle, endpoint).replace('name: ""', "name: meant") +
      `- cluster:\n    server: https://${endpoint}\n  name: ""\n`,
    connections: 1,
  }),
  ambush("writes the pinned CA and its own under the same key", {
    bundle: ({ real }) => real.certificatePem,
    kubeconfig: (bundle, endpoint) =>
      plain(bundle, endpoint).replace("    server:", `    certificate-authority-data: ${evilData}\n    server:`),
    connections: 1,
  }),
  ambush("lets the second read through to the cluster that is meant, having named another server", {
    bundle: ({ real }) => real.certificatePem,
    passesSecond: true,
  }),
  ambush("lets the second read through to the cluster that is meant, having named another CA too", {
    bundle: ({ real, evil }) => real.certificatePem + evil.certificatePem,
    passesSecond: true,
  }),
  ambush("takes the second read on to another place", {
    bundle: ({ real }) => real.certificatePem,
    answer: (kubeconfig) => ({ ...clusterInfoAnswer(kubeconfig), status: 307, headers: { location: "/evil" } }),
    connections: 1,
  }),
];

const evilData = Buffer.from("-----BEGIN CERTIFICATE-----\n").toString("base64");

/** The same certificate each time it is asked for. */
const identities = new Map<CertificateAuthority, Promise<TlsIdentity>>();
function fixedIdentity(ca: CertificateAuthority): Promise<TlsIdentity> {
  const identity = identities.get(ca) ?? serverIdentity(ca);
  identities.set(ca, identity);
  return identity;
}

function wrapped(content: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${content.toString("base64")}\n-----END CERTIFICATE-----\n`;
}

const unsigned = (header: object, signature: string) => (kubeconfig: string) =>
  clusterInfoAnswer(kubeconfig, `${Buffer.from(JSON.stringify(header)).toString("base64url")}..${signature}`);

const withoutToken: readonly Attack[] = [
  ambush("signs cluster-info with no algorithm", {
    bundle: ({ evil }) => evil.certificatePem,
    answer: unsigned({ alg: "none", kid: "abcdef" }, ""),
    unpinned: true,
    connections: 1,
  }),
  ambush("signs cluster-info with an empty key", {
    bundle: ({ evil }) => evil.certificatePem,
    answer: (kubeconfig) => {
      const header = Buffer.from(JSON.stringify({ alg: "HS256", kid: "abcdef" })).toString("base64url");
      const content = `${header}.${Buffer.from(kubeconfig).toString("base64url")}`;
      return clusterInfoAnswer(
        kubeconfig,
        `${header}..${createHmac("sha256", "").update(content).digest("base64url")}`,
      );
    },
    unpinned: true,
    connections: 1,
  }),
  ambush("signs cluster-info for another token of the same id", {
    bundle: ({ evil }) => evil.certificatePem,
    token: "abcdef.fedcba9876543210",
    unpinned: true,
    connections: 1,
  }),
  ambush("shows a signature without a value", {
    bundle: ({ evil }) => evil.certificatePem,
    answer: (kubeconfig) => clusterInfoAnswer(kubeconfig, ""),
    unpinned: true,
    connections: 1,
  }),
];

attacksBy("a server on the path with a stolen token", "pass for the cluster against a pin", withStolenToken, {
  sideBySide: true,
});
attacksBy("a server on the path without a token", "pass for the cluster", withoutToken, { sideBySide: true });
