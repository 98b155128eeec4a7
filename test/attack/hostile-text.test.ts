import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import type { ScratchRoot } from "../../src/embedded/index.ts";
import { generateKeys, privateKeyPem } from "../../src/pki/keys.ts";
import { type CertificateAuthority, issueCertificate } from "../../src/pki/x509.ts";
import { testAuthority } from "../fixtures/pki/authority.ts";
import { type Attack, attacksBy } from "./attack.ts";
import { type Answer, clusterInfoAnswer, falseServer, serverIdentity, stolenToken } from "./false-cluster.ts";
import { joinArguments, joinFiles, type WatchOptions, watchProgram } from "./watched-program.ts";
import { damage, headerWeapon, lineWeapon, marker, weapon } from "./weapons.ts";

interface Shown {
  readonly args: readonly string[];
  readonly options?: WatchOptions;
}

/** Runs the program, which has to show the weapon, and looks at all it wrote. */
async function shows(program: string, runs: readonly Shown[], isUsed = () => true) {
  const outputs: string[] = [];
  for (const { args, options = {} } of runs) {
    const { stdout, stderr } = await watchProgram(program, args, options);
    outputs.push(stdout + stderr);
  }
  return {
    carriedOut: isUsed() && outputs.every((output) => output.includes(marker)),
    won: outputs.map(damage).find((each) => each !== undefined),
  };
}

const plain = (server: string, ca = "") =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "", cluster: { server, ...(ca === "" ? {} : { "certificate-authority-data": ca }) } }],
  }).replaceAll("\u009b", "\\u009b");

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** A join by token whose server gives this answer: for people at the highest verbosity, and as JSON. */
function byAnswer(name: string, answer: (ca: CertificateAuthority) => Answer): Attack {
  return {
    name,
    run: async ({ program }) => {
      const ca = await testAuthority(lineWeapon);
      await using server = await falseServer(await serverIdentity(ca), () => answer(ca));
      const files = joinFiles({
        bootstrapToken: {
          token: stolenToken,
          apiServerEndpoint: server.endpoint,
          caCertHashes: [`sha256:${"a".repeat(64)}`],
        },
      });
      return await shows(
        program,
        [
          { args: [...joinArguments, "-v", "9"], options: { files } },
          { args: [...joinArguments, "-o", "json"], options: { files } },
        ],
        () => server.asked.length > 0,
      );
    },
  };
}

const status = (more: object) => JSON.stringify({ kind: "Status", reason: "Forbidden", message: "no", ...more });

attacksBy("a server whose words are a weapon", "write to the terminal", [
  byAnswer("puts it into a Status message", () => ({ status: 403, body: status({ message: weapon }) })),
  byAnswer("puts it into a Status reason", () => ({ status: 403, body: status({ reason: weapon, message: marker }) })),
  byAnswer("puts it into a page", () => ({ status: 200, headers: { "content-type": "text/html" }, body: weapon })),
  byAnswer("puts it into a header", () => ({ headers: { "content-encoding": headerWeapon }, body: "{}" })),
  byAnswer("puts it into the name of its CA", ({ certificatePem }) =>
    clusterInfoAnswer(plain("https://127.0.0.1:1", base64(certificatePem))),
  ),
  byAnswer("puts it into a tag of a signed kubeconfig", () =>
    clusterInfoAnswer(`clusters: !!int ${JSON.stringify(weapon).replaceAll("\u009b", "\\x9b")}`),
  ),
  byAnswer("puts it into the place of a cluster-info's field", () => ({
    body: JSON.stringify({ kind: "ConfigMap", data: { [weapon]: 5 } }),
  })),
  {
    name: "redirects a discovery file to it",
    run: async ({ program }) => {
      const ca = await testAuthority();
      await using server = await falseServer(await serverIdentity(ca), () => ({
        status: 302,
        headers: { location: `http://evil/${headerWeapon}` },
        body: "",
      }));
      const files = {
        ...joinFiles({
          file: { kubeConfigPath: `https://${server.endpoint}/x.conf` },
          tlsBootstrapToken: stolenToken,
        }),
        "/etc/ssl/certs/ca-certificates.crt": ca.certificatePem,
      };
      const { won } = await shows(program, [{ args: [...joinArguments], options: { files } }]);
      return { carriedOut: server.asked.length > 0, won };
    },
  },
  {
    name: "shows a certificate for it",
    run: async ({ program }) => {
      const ca = await testAuthority(lineWeapon);
      const keys = await generateKeys("ECDSA-P256");
      const certificate = await issueCertificate({
        ca,
        subject: { commonName: lineWeapon, organizations: [lineWeapon] },
        publicKey: keys.publicKey,
        notBefore: new Date(Date.now() - 3_600_000),
        notAfter: new Date(Date.now() + 3_600_000),
        keyUsages: ["digital signature"],
        extendedKeyUsages: ["server auth"],
        ipAddresses: ["127.0.0.1"],
      });
      const identity = { certificate: certificate + ca.certificatePem, key: privateKeyPem(keys.privateKey) };
      const other = await testAuthority();
      await using server = await falseServer(identity, () => ({ status: 500, body: "" }));
      const kubeconfig = plain(`https://${server.endpoint}`, base64(other.certificatePem));
      const files = {
        ...joinFiles({ file: { kubeConfigPath: "/etc/discovery.conf" }, tlsBootstrapToken: stolenToken }),
        "/etc/discovery.conf": kubeconfig,
      };
      return await shows(program, [
        { args: [...joinArguments, "-v", "9"], options: { files } },
        { args: [...joinArguments, "-o", "json"], options: { files } },
      ]);
    },
  },
]);

/** A cluster whose tokens are described by an attacker who may write Secrets of tokens. */
function tokens(name: string, secret: object, forms: readonly string[]): Attack {
  return {
    name,
    run: async ({ program }) => {
      const ca = await testAuthority();
      await using server = await falseServer(await serverIdentity(ca), () => ({
        body: JSON.stringify({ kind: "SecretList", items: [{ type: "bootstrap.kubernetes.io/token", ...secret }] }),
      }));
      const kubeconfig = JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [
          {
            name: "c",
            cluster: {
              server: `https://${server.endpoint}`,
              "certificate-authority-data": Buffer.from(ca.certificatePem).toString("base64"),
            },
          },
        ],
        users: [{ name: "u", user: { token: "x" } }],
        contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
        "current-context": "c",
      });
      return await shows(
        program,
        forms.map((form) => ({
          args: ["token", "list", "--kubeconfig", "/etc/admin.conf", "-o", form],
          options: { files: { "/etc/admin.conf": kubeconfig } },
        })),
        () => server.asked.length > 0,
      );
    },
  };
}

const tokenData = (more: Readonly<Record<string, string>>) => ({
  data: Object.fromEntries(
    Object.entries({ "token-id": "abcdef", "token-secret": "0123456789abcdef", ...more }).map(([key, value]) => [
      key,
      base64(value),
    ]),
  ),
});

attacksBy("a user who may write tokens", "write to the terminal of an administrator", [
  tokens(
    "describes one by a weapon",
    { metadata: { name: "bootstrap-token-abcdef" }, ...tokenData({ description: weapon }) },
    ["text", "json", "yaml", "kyaml", "jsonpath-as-json={.description}"],
  ),
  // What a template makes of a text has the text's own line breaks: it was asked for the very value.
  tokens(
    "describes one by a weapon, for templates",
    { metadata: { name: "bootstrap-token-abcdef" }, ...tokenData({ description: lineWeapon }) },
    ["jsonpath={.description}", "go-template={{.description}}", 'go-template={{printf "%s" .description}}'],
  ),
  tokens(
    "names the groups of one by a weapon",
    { metadata: { name: "bootstrap-token-abcdef" }, ...tokenData({ "auth-extra-groups": weapon }) },
    ["text", "json", "yaml"],
  ),
  tokens("names a Secret by a weapon", { metadata: { name: weapon }, ...tokenData({}) }, ["text", "json"]),
  tokens(
    "lets one expire at a weapon",
    { metadata: { name: "bootstrap-token-abcdef" }, ...tokenData({ expiration: weapon }) },
    ["text"],
  ),
]);

const files = (content: string) => ({ files: { "/etc/kubeadm.yaml": content } });
const quoted = JSON.stringify(weapon)
  .replaceAll("\u009b", "\\x9b")
  .replaceAll("\u0085", "\\N")
  .replaceAll("\u2028", "\\L");
const join = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\n";

function byFile(name: string, content: string, args: readonly string[] = ["config", "validate", "--config"]): Attack {
  return {
    name,
    run: ({ program }) => shows(program, [{ args: [...args, "/etc/kubeadm.yaml"], options: files(content) }]),
  };
}

attacksBy("the author of a configuration file", "write to the terminal", [
  byFile("names an unknown field by a weapon", `${join}${quoted}: 1\n`),
  byFile("names a field twice by a weapon", `${join}${quoted}: 1\n${quoted}: 2\n`),
  byFile("names the kind by a weapon", `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ${quoted}\n`),
  byFile("names the API version by a weapon", `apiVersion: ${quoted}\nkind: JoinConfiguration\n`),
  byFile("names the node by a weapon", `${join}nodeRegistration: {name: ${quoted}}\n`),
  byFile(
    "names the image repository by a weapon",
    `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nimageRepository: ${quoted}\n`,
  ),
  byFile(
    "names the version by a weapon",
    `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: ${quoted}\n`,
    ["config", "images", "list", "--config"],
  ),
  byFile(
    "names the endpoint by a weapon",
    `${join}discovery: {bootstrapToken: {token: ${stolenToken}, apiServerEndpoint: ${quoted}, unsafeSkipCAVerification: true}}\n`,
  ),
  byFile(
    "names the discovery file by a weapon",
    `${join}discovery: {file: {kubeConfigPath: ${quoted}}, tlsBootstrapToken: ${stolenToken}}\n`,
  ),
  byFile(
    "names what migrates by a weapon",
    `${join}discovery: {tlsBootstrapToken: ${stolenToken}, file: {kubeConfigPath: /etc/kubeadm.yaml}}\nnodeRegistration: {kubeletExtraArgs: [{name: v, value: ${quoted}}]}\n`,
    ["config", "migrate", "--old-config"],
  ),
]);

attacksBy("the author of a discovery file", "write to the terminal", [
  ...[
    ["names the server by a weapon", plain(`https://[${weapon}`)] as const,
    [
      "names a cluster by a weapon",
      `clusters: [{name: ${quoted}, cluster: {server: ""}}]\ncontexts: [{name: x, context: {cluster: ${quoted}}}]\ncurrent-context: x\n`,
    ] as const,
  ].map(
    ([name, content]): Attack => ({
      name,
      run: ({ program }) => {
        const files = {
          ...joinFiles({ file: { kubeConfigPath: "/etc/discovery.conf" }, tlsBootstrapToken: stolenToken }),
          "/etc/discovery.conf": content,
        };
        return shows(program, [
          { args: joinArguments, options: { files } },
          { args: [...joinArguments, "-o", "json"], options: { files } },
        ]);
      },
    }),
  ),
]);

function byWords(name: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Attack {
  return { name, run: ({ program }) => shows(program, [{ args, options: { environment } }]) };
}

/** Makes entries of the machine whose names are weapons. */
function withNames(name: string, args: readonly string[], make: (root: ScratchRoot) => void): Attack {
  return {
    name,
    run: ({ program }) =>
      shows(program, [
        {
          args,
          options: {
            prepare: (root) => {
              make(root);
              return undefined;
            },
          },
        },
      ]),
  };
}

attacksBy("someone who fills in the words of a command", "write to the terminal", [
  byWords("is a command", [lineWeapon]),
  byWords("is an argument", ["version", lineWeapon]),
  byWords("is a flag", ["version", `--${lineWeapon}`]),
  byWords("is a flag's value", ["version", "-o", lineWeapon]),
  byWords("is a topic of help", ["help", lineWeapon]),
  byWords("is a phase", ["reset", "--force", "--ignore-preflight-errors", "all", "--skip-phases", lineWeapon]),
  byWords("is a template", [
    "config",
    "images",
    "list",
    "--kubernetes-version",
    "v1.37.2",
    "-o",
    `jsonpath={${lineWeapon}`,
  ]),
  byWords("is a kubeconfig of the environment", ["token", "list"], { KUBECONFIG: `/x/${lineWeapon}` }),
  withNames(
    "names a file of CNI by a weapon",
    ["reset", "--force", "--dry-run", "--ignore-preflight-errors", "all"],
    (root) => {
      mkdirSync(root.inside("/etc/cni/net.d"), { recursive: true });
      writeFileSync(root.inside(`/etc/cni/net.d/${weapon.replaceAll("/", "")}`), "{}");
    },
  ),
  withNames(
    "names a patch by a weapon",
    ["init", "phase", "control-plane", "apiserver", "--dry-run", "--patches", "/etc/patches", "-v", "5"],
    (root) => {
      mkdirSync(root.inside("/etc/patches"), { recursive: true });
      chmodSync(root.inside("/etc/patches"), 0o755);
      writeFileSync(root.inside(`/etc/patches/${weapon.replaceAll("/", "")}.yaml`), "{}");
    },
  ),
  withNames(
    "writes a patch that is a weapon",
    ["init", "phase", "control-plane", "apiserver", "--dry-run", "--patches", "/etc/patches"],
    (root) => {
      mkdirSync(root.inside("/etc/patches"), { recursive: true });
      writeFileSync(root.inside("/etc/patches/kube-apiserver.yaml"), `[${weapon}`);
    },
  ),
]);
