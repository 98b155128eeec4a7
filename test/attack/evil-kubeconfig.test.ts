import { existsSync, readFileSync } from "node:fs";
import { type Attack, attacksBy } from "./attack.ts";
import { base64, type Document, type Fields, kubeconfig, type Scene, secret, withScene } from "./evil-documents.ts";
import { falseServer, joinOnMachine, type Ran, runOnMachine, serverIdentity, stolenToken } from "./false-cluster.ts";

/** What came of it for the attacker: credentials that were sent, or a program that was run. */
function won({ server, trace }: Scene, ran: Ran): string | undefined {
  const sent = server.asked.find(
    ({ authorization, clientCertificate }) => authorization !== undefined || clientCertificate !== undefined,
  );
  if (sent !== undefined) return `${sent.path} came with credentials`;
  if (existsSync(trace)) return `a program was run: ${readFileSync(trace, "utf8")}`;
  if (ran.output.includes(secret)) return "the secret was shown";
  return ran.status === 0 ? "the command succeeded" : undefined;
}

/** A discovery file on the machine, which someone has tampered with. */
function file(name: string, document: (scene: Scene) => Document, said: string): Attack {
  const run = ({ program }: { readonly program: string }) =>
    withScene(async (scene) => {
      const text = kubeconfig(document(scene), scene.server.endpoint);
      const files = {
        "/etc/evil.conf": text,
        "/etc/secret": secret,
        "/etc/evil.crt": scene.authorities.evil.certificatePem,
      };
      const ran = await joinOnMachine(program, { file: { kubeConfigPath: "/etc/evil.conf" } }, { files });
      return { carriedOut: ran.output.includes(said), won: won(scene, ran) };
    });
  return { name, run };
}

interface Remote {
  readonly document: (scene: Scene) => Document;
  readonly said: string;
  readonly redirect?: string;
  /** The program works on this very machine: in another root, a user other than root cannot run anything. */
  readonly isHere?: boolean;
}

/** A discovery document behind a URL whose server the machine trusts. */
function document(name: string, { document: make, said, redirect, isHere = false }: Remote): Attack {
  const run = ({ program }: { readonly program: string }) =>
    withScene(async (scene) => {
      const text = kubeconfig(make(scene), scene.server.endpoint);
      const { real } = scene.authorities;
      await using site = await falseServer(await serverIdentity(real), () =>
        redirect === undefined
          ? { body: text }
          : { status: 302, headers: { location: redirect.replace("ENDPOINT", scene.server.endpoint) }, body: "" },
      );
      const files = {
        "/etc/secret": secret,
        "/etc/evil.crt": scene.authorities.evil.certificatePem,
        "/etc/trusted.pem": real.certificatePem,
      };
      const ran = await joinOnMachine(
        program,
        { file: { kubeConfigPath: `https://${site.endpoint}/cluster.conf` } },
        { files, isHere, environment: { SSL_CERT_FILE: "/etc/trusted.pem", SSL_CERT_DIR: "/none" } },
      );
      return { carriedOut: site.asked.length > 0 && ran.output.includes(said), won: won(scene, ran) };
    });
  return { name, run };
}

/** A file that --kubeconfig names. */
function administrators(name: string, make: (scene: Scene) => Document, said: string): Attack {
  const run = ({ program }: { readonly program: string }) =>
    withScene(async (scene) => {
      const files = { "/etc/evil.conf": kubeconfig(make(scene), scene.server.endpoint), "/etc/secret": secret };
      const ran = await runOnMachine(program, ["token", "list", "--kubeconfig", "/etc/evil.conf"], { files });
      return { carriedOut: ran.output.includes(said), won: won(scene, ran) };
    });
  return { name, run };
}

const token = { token: stolenToken };
const insecure = { "insecure-skip-tls-verify": true };
const plugin = (command: string, more: Fields = {}) => ({
  exec: { apiVersion: "client.authentication.k8s.io/v1", command, interactiveMode: "Never", ...more },
});
const meantAuthority = ({ authorities }: Scene) => ({
  "certificate-authority-data": base64(authorities.real.certificatePem),
});
const relabeled = ({ authorities }: Scene, label: string) => ({
  "certificate-authority-data": base64(
    authorities.evil.certificatePem.replaceAll(" CERTIFICATE-", ` ${label}-`) + authorities.real.certificatePem,
  ),
});
const notAllowed = "specifying a root certificates file with the insecure flag is not allowed";
const unknownAuthority = "certificate signed by unknown authority";

attacksBy("someone who changes a discovery file", "turn off verification, or get the token", [
  file(
    "turns verification off although a CA is given",
    (scene) => ({ cluster: { ...insecure, ...meantAuthority(scene) }, user: token }),
    notAllowed,
  ),
  file(
    "turns verification off although a CA file is given",
    () => ({ cluster: { ...insecure, "certificate-authority": "/etc/evil.crt" }, user: token }),
    notAllowed,
  ),
  file(
    "turns verification off and takes the CA out",
    () => ({ cluster: insecure, user: token }),
    "disables TLS verification of the server",
  ),
  file(
    "turns verification off where a client certificate is shown",
    ({ authorities: { evil } }) => ({
      cluster: insecure,
      user: { "client-certificate-data": base64(evil.certificatePem), "client-key": "/etc/secret" },
    }),
    "disables TLS verification of the server",
  ),
  file("takes the CA out", () => ({ user: token }), "x509: certificate signed by unknown authority"),
  file(
    "adds its CA as an X509 CERTIFICATE",
    (scene) => ({ cluster: relabeled(scene, "X509 CERTIFICATE"), user: token }),
    unknownAuthority,
  ),
  file(
    "adds its CA as a TRUSTED CERTIFICATE",
    (scene) => ({ cluster: relabeled(scene, "TRUSTED CERTIFICATE"), user: token }),
    unknownAuthority,
  ),
  file(
    "takes TLS away",
    (scene) => ({ cluster: { ...meantAuthority(scene), server: `http://${scene.server.endpoint}` }, user: token }),
    "is not an https URL",
  ),
  file(
    "takes the scheme away",
    (scene) => ({ cluster: { ...meantAuthority(scene), server: scene.server.endpoint }, user: token }),
    "is not an https URL",
  ),
  file(
    "listens at the server's place, to which a SOCKS proxy should lead",
    () => ({ cluster: { ...insecure, "proxy-url": "socks5://127.0.0.1:1" } }),
    "SOCKS proxy",
  ),
  file(
    "listens at the server's place, to which a proxy that does not respond should lead",
    ({ authorities: { evil } }) => ({
      cluster: { "certificate-authority-data": base64(evil.certificatePem), "proxy-url": "http://127.0.0.1:1" },
      user: token,
    }),
    "DISCOVERY_UNREACHABLE",
  ),
  file(
    "names a provider of credentials",
    ({ authorities: { evil } }) => ({
      cluster: { "certificate-authority-data": base64(evil.certificatePem) },
      user: { "auth-provider": { name: "oidc", config: { "id-token": secret } } },
    }),
    'no Auth Provider found for name "oidc"',
  ),
  file(
    "names a plugin that does not say whether it asks",
    ({ authorities: { evil }, plugin: command }) => ({
      cluster: { "certificate-authority-data": base64(evil.certificatePem) },
      user: plugin(command, { interactiveMode: "" }),
    }),
    "interactiveMode must be specified",
  ),
  file(
    "shows both a token and a password",
    ({ authorities: { evil } }) => ({
      cluster: { "certificate-authority-data": base64(evil.certificatePem) },
      user: { ...token, username: "admin", password: secret },
    }),
    "more than one authentication method",
  ),
]);

const evilAuthority = ({ authorities: { evil } }: Scene) => ({
  "certificate-authority-data": base64(evil.certificatePem),
});
const localAccess = "DISCOVERY_FILE_LOCAL_ACCESS";

attacksBy("the server of a discovery URL", "get files and programs of root's used", [
  document("has a file of the machine sent as a token", {
    document: (scene) => ({ cluster: evilAuthority(scene), user: { tokenFile: "/etc/secret" } }),
    said: localAccess,
  }),
  document("has a program of the machine run", {
    document: (scene) => ({ cluster: evilAuthority(scene), user: plugin(scene.plugin) }),
    said: localAccess,
    isHere: true,
  }),
  document("has a client certificate of the machine shown", {
    document: (scene) => ({
      cluster: evilAuthority(scene),
      user: { "client-certificate": "/etc/evil.crt", "client-key": "/etc/secret" },
    }),
    said: localAccess,
  }),
  document("has a key of the machine used with a certificate that it brings", {
    document: (scene) => ({
      cluster: evilAuthority(scene),
      user: { "client-certificate-data": base64(scene.authorities.evil.certificatePem), "client-key": "/etc/secret" },
    }),
    said: localAccess,
  }),
  document("finds out by a CA's path which files the machine has", {
    document: () => ({ cluster: { "certificate-authority": "/etc/secret" }, user: token }),
    said: localAccess,
  }),
  document("names the file of a token, and turns verification off", {
    document: () => ({ cluster: insecure, user: { tokenFile: "/etc/secret" } }),
    said: localAccess,
  }),
  document("turns verification off although a CA is given", {
    document: (scene) => ({ cluster: { ...insecure, ...meantAuthority(scene) }, user: token }),
    said: notAllowed,
  }),
  document("continues to a file of the machine", {
    document: () => ({}),
    redirect: "file:///etc/secret",
    said: "which is not https",
  }),
  document("continues to a server without TLS", {
    document: () => ({}),
    redirect: "http://ENDPOINT/x",
    said: "which is not https",
  }),
  document("continues to a server that the machine does not trust", {
    document: () => ({}),
    redirect: "https://ENDPOINT/x",
    said: "DISCOVERY_TLS_UNTRUSTED",
  }),
]);

attacksBy("someone who changes an administrator's kubeconfig", "turn off verification, or get the credentials", [
  administrators(
    "turns verification off although a CA is given",
    (scene) => ({ cluster: { ...insecure, ...meantAuthority(scene) }, user: token }),
    notAllowed,
  ),
  administrators(
    "adds its CA as an X509 CERTIFICATE",
    (scene) => ({ cluster: relabeled(scene, "X509 CERTIFICATE"), user: token }),
    unknownAuthority,
  ),
  administrators(
    "listens at the server's place, to which a proxy that does not respond should lead",
    (scene) => ({ cluster: { ...evilAuthority(scene), "proxy-url": "http://127.0.0.1:1" }, user: token }),
    "error:",
  ),
  administrators(
    "names a provider of credentials",
    (scene) => ({ cluster: evilAuthority(scene), user: { "auth-provider": { name: "oidc" } } }),
    "no Auth Provider found",
  ),
  administrators(
    "has the administrator act as a user without rights, so that all rights are used",
    (scene) => ({ cluster: evilAuthority(scene), user: { ...token, as: "nobody" } }),
    "impersonation (as) is not supported",
  ),
  administrators(
    "writes credentials into the server's URL",
    (scene) => ({ cluster: { ...evilAuthority(scene), server: `https://u:${secret}@${scene.server.endpoint}` } }),
    "has credentials in its URL",
  ),
  administrators(
    "names a plugin of an unknown mode",
    (scene) => ({ cluster: evilAuthority(scene), user: plugin(scene.plugin, { interactiveMode: "Sometimes" }) }),
    "invalid interactiveMode",
  ),
]);
