// Words of files, of the cluster and of earlier runs in commands that the program prints. A real shell reads each command,
// with programs that only record their words: the word has to arrive as it is, and nothing else may run.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ScratchRoot } from "../../src/embedded/index.ts";
import { digestOf } from "../../src/journal/journal.ts";
import { generateKeys, privateKeyPem } from "../../src/pki/keys.ts";
import { type CertificateAuthority, issueCertificate } from "../../src/pki/x509.ts";
import { testAuthority } from "../fixtures/pki/authority.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import { type Attack, attacksBy } from "./attack.ts";
import { falseServer, serverIdentity } from "./false-cluster.ts";
import { watchProgram } from "./watched-program.ts";
import { marker } from "./weapons.ts";

/** Each has the shell make the file of $CANARY where it is read as more than a word. */
const words: readonly (readonly [what: string, word: string])[] = [
  ["a semicolon", `${marker};touch$\{IFS}$CANARY;`],
  ["a substitution", `${marker}$(touch$\{IFS}$CANARY)`],
  ["backquotes", `${marker}\`touch$\{IFS}$CANARY\``],
  ["a quote", `${marker}';touch$\{IFS}$CANARY;'`],
  ["double quotes", `${marker}";touch$\{IFS}$CANARY;"`],
  ["an escaped quote", `${marker}\\';touch$\{IFS}$CANARY;\\'`],
  ["a line break", `${marker}\ntouch$\{IFS}$CANARY\n`],
  ["a pipe", `${marker}|touch$\{IFS}$CANARY`],
  ["an ampersand", `${marker}&touch$\{IFS}$CANARY&`],
  ["a redirection", `${marker}>$CANARY`],
  ["a comment", `#${marker};touch$\{IFS}$CANARY`],
  ["a pattern", `${marker}*?[a-z]{a,b}~`],
  ["an option", `--${marker}`],
  ["an option with a value", `--kubeconfig=${marker}`],
  ["a short option", `-${marker}`],
  ["an option within quotes", `--${marker} x`],
  ["an option behind what no terminal shows", `\u200b--${marker}`],
  ["a word that is cut within its quotes", `${marker}${"'".repeat(3_000)}`],
];

const programs = [
  "hostnamectl",
  "getent",
  "kubeadm",
  "kubectl",
  "crictl",
  "chmod",
  "chown",
  "rm",
  "ls",
  "cat",
  "mv",
  "ip",
  "umount",
  "systemctl",
];

/** Returns what went wrong where a shell reads the command; undefined if each word of the attacker's is one word. */
function readByShell(command: string, word: string): string | undefined {
  using made = temporaryDirectory();
  const [bin, work] = [join(made.path, "bin"), join(made.path, "work")];
  for (const each of [bin, work]) mkdirSync(each);
  const [record, canary] = [join(made.path, "record"), join(made.path, "canary")];
  for (const name of programs) {
    writeFileSync(join(bin, name), `#!/bin/sh\nfor word; do printf '%s\\0' "$word"; done >> "$RECORD"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  symlinkSync("/bin/touch", join(bin, "touch"));
  const environment = { PATH: bin, RECORD: record, CANARY: canary };
  const { status, stderr } = spawnSync("/bin/sh", ["-c", command], { cwd: work, env: environment, encoding: "utf8" });
  if (existsSync(canary)) return `\`${command}\` runs a command of the attacker's`;
  if (readdirSync(work).length > 0) return `\`${command}\` writes a file`;
  if (status !== 0) return `no shell reads \`${command}\`: ${stderr}`;
  const arrived = existsSync(record) ? readFileSync(record, "utf8").split("\0") : [];
  const option = arrived.find((each) => each.startsWith("-") && each.includes(marker));
  if (option !== undefined) return `\`${command}\` has an option of the attacker's`;
  // What is shown of a character that no terminal shows is an escape.
  const visible = (text: string) => text.replaceAll("\\n", "\n").replaceAll("\u200b", "\\u200b");
  const [shown, ...more] = arrived.filter((each) => visible(each).includes(visible(word)));
  if (shown === undefined || more.length > 0) return `the word does not arrive as one: ${arrived.join(" | ")}`;
  return undefined;
}

/** Commands by themselves, and those between backquotes in a sentence. */
function commandsIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
    if (key === "command" && typeof member === "string") return [member];
    if (typeof member === "string") return [...member.matchAll(/`([^`]+)`/g)].map(([, quoted = ""]) => quoted);
    if (key === "commands" && Array.isArray(member)) return member.filter((each) => typeof each === "string");
    return commandsIn(member);
  });
}

/** One document, as doctor prints it, or an event on each line. */
function documents(stdout: string): readonly unknown[] {
  return stdout.startsWith("{\n")
    ? [JSON.parse(stdout)]
    : stdout
        .trim()
        .split("\n")
        .map((line): unknown => JSON.parse(line));
}

interface Place {
  readonly name: string;
  readonly args: readonly string[];
  /** What the program says of a word instead of printing it in a command. */
  readonly refusal?: RegExp;
  /** The words that can stand there; all by default. */
  readonly takes?: (word: string) => boolean;
  /** Puts the word there. */
  readonly prepare: (
    root: ScratchRoot,
    word: string,
  ) => AsyncDisposable | Promise<AsyncDisposable | undefined> | undefined;
}

function lay(root: ScratchRoot, path: string, text: string): undefined {
  mkdirSync(dirname(root.inside(path)), { recursive: true });
  writeFileSync(root.inside(path), text);
}

const isFileName = (word: string) => word.length < 256;

/** The kubeconfig of a kubelet. */
function kubeletConf(server: string, ca: CertificateAuthority, user: object): string {
  const cluster = { server, "certificate-authority-data": Buffer.from(ca.certificatePem).toString("base64") };
  return JSON.stringify({
    ...{ apiVersion: "v1", kind: "Config", "current-context": "c" },
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
  });
}

function sealed(fields: object): string {
  const json = `${JSON.stringify(fields, undefined, 2)}\n`;
  return `${json}sha256:${digestOf(json)}\n`;
}

const places: readonly Place[] = [
  {
    name: "a file of CNI that a reset leaves",
    args: ["reset", "--force", "--ignore-preflight-errors", "all", "--cri-socket", "unix:///run/no.sock"],
    takes: isFileName,
    prepare: (root, word) => lay(root, `/etc/cni/net.d/${word}`, "{}"),
  },
  {
    name: "the target of a link to the kubelet's certificate",
    args: ["doctor", "file-modes"],
    takes: isFileName,
    prepare: (root, word) => {
      const target = `/var/lib/kubelet/pki/${word}`;
      lay(root, target, "x");
      chmodSync(root.inside(target), 0o644);
      symlinkSync(target, root.inside("/var/lib/kubelet/pki/kubelet-client-current.pem"));
      return undefined;
    },
  },
  {
    name: "the kubelet's resolver",
    args: ["doctor", "resolver"],
    takes: isFileName,
    prepare: (root, word) => {
      const kubelet = { apiVersion: "kubelet.config.k8s.io/v1beta1", kind: "KubeletConfiguration" };
      lay(root, "/var/lib/kubelet/config.yaml", JSON.stringify({ ...kubelet, resolvConf: `/etc/${word}` }));
      return lay(root, `/etc/${word}`, "nameserver 127.0.0.1\n");
    },
  },
  {
    name: "the command of an unfinished run",
    args: ["doctor", "unfinished-run"],
    // The words of the command, such as "upgrade apply".
    takes: (word) => !word.includes(" "),
    prepare: (root, word) =>
      lay(
        root,
        "/var/lib/kubeadm/journal.json",
        sealed({
          version: 1,
          run: { command: word, role: "worker", nodeName: "w1", target: "", configuration: {} },
          ...{ program: "kubeadm", startedAt: "2026-01-01T00:00:00.000Z", updatedAt: "2026-01-01T00:00:00.000Z" },
          ...{ phases: [{ name: "x", state: "running" }], files: [], services: [], objects: [] },
        }),
      ),
  },
  {
    name: "the name of a certificate signing request",
    args: ["doctor", "serving-certificate"],
    refusal: /metadata\.name \\".* is not an RFC 1123 subdomain/,
    prepare: async (root, word) => {
      const ca = await testAuthority();
      const server = await falseServer(await serverIdentity(ca), () => ({
        body: JSON.stringify({
          ...{ kind: "CertificateSigningRequestList", apiVersion: "certificates.k8s.io/v1" },
          items: [
            {
              metadata: { name: word, creationTimestamp: "2026-01-01T00:00:00Z" },
              spec: { username: "system:node:w1", signerName: "kubernetes.io/kubelet-serving" },
            },
          ],
        }),
      }));
      lay(root, "/etc/kubernetes/kubelet.conf", kubeletConf(`https://${server.endpoint}`, ca, { token: "x" }));
      // Whatever the machine that runs the test is called.
      lay(root, "/var/lib/kubelet/kubeadm-flags.env", 'KUBELET_KUBEADM_ARGS="--hostname-override=w1"\n');
      return server;
    },
  },
  {
    name: "the host of the API server in the kubelet's kubeconfig",
    args: ["doctor", "endpoint-name"],
    takes: (word) => /^[\w.-]+$/.test(word),
    prepare: async (root, word) =>
      lay(
        root,
        "/etc/kubernetes/kubelet.conf",
        kubeletConf(`https://${word}:6443`, await testAuthority(), { token: "x" }),
      ),
  },
  {
    name: "the node that the kubelet's certificate names",
    args: ["doctor", "node-name"],
    // Within a sentence, a backquote ends the command; and some characters are shown behind a backslash in a subject.
    takes: (word) => !/[`\n;<>,+"\\]/.test(word) && word.length < 64,
    prepare: async (root, word) => {
      const ca = await testAuthority();
      const keys = await generateKeys("ECDSA-P256");
      const certificate = await issueCertificate({
        ca,
        subject: { commonName: `system:node:${word}`, organizations: ["system:nodes"] },
        publicKey: keys.publicKey,
        notBefore: new Date(Date.now() - 3_600_000),
        notAfter: new Date(Date.now() + 3_600_000),
        keyUsages: ["digital signature"],
        extendedKeyUsages: ["client auth"],
      });
      const base64 = (text: string) => Buffer.from(text).toString("base64");
      const user = {
        "client-certificate-data": base64(certificate),
        "client-key-data": base64(privateKeyPem(keys.privateKey)),
      };
      return lay(root, "/etc/kubernetes/kubelet.conf", kubeletConf("https://127.0.0.1:1", ca, user));
    },
  },
];

/** Stands for a command whose word is too long. */
const tooLong = /# a command of \d+ characters is not shown/;

function byWord({ name, args, prepare, refusal }: Place, [what, word]: readonly [string, string]): Attack {
  return {
    name: `puts ${what} into ${name}`,
    run: async ({ program }) => {
      const { stdout } = await watchProgram(program, [...args, "-o", "json"], {
        prepare: (root) => prepare(root, word),
      });
      const printed = documents(stdout)
        .flatMap(commandsIn)
        .filter((command) => command.includes(marker));
      const won = printed.map((command) => readByShell(command, word)).find((each) => each !== undefined);
      const isRefused = tooLong.test(stdout) || refusal?.test(stdout) === true;
      return { carriedOut: printed.length > 0 || isRefused, won };
    },
  };
}

attacksBy(
  "someone who names what a printed command names",
  "run commands as the administrator who copies it",
  places.flatMap((place) => words.filter(([, word]) => place.takes?.(word) ?? true).map((word) => byWord(place, word))),
);
