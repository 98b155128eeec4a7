import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startControlPlane } from "../../src/embedded/control-plane/index.ts";
import { entriesBelow } from "../../src/embedded/entries-below.ts";
import {
  type JoinSettings,
  joinArguments,
  makeWorld,
  nodeName,
  patient,
  startKubeadm,
  type World,
  type WorldOptions,
} from "../faults/world.ts";
import { freePort } from "../support/free-port.ts";
import { programCopy } from "../support/join/program-copy.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import { bearer, canariesIn, certificateKey, keyCanary, pluginToken, token } from "./canaries.ts";

interface Run {
  readonly name: string;
  readonly world?: WorldOptions;
  readonly arguments: (world: World) => readonly string[] | Promise<readonly string[]>;
  readonly status: number;
}

/** A cluster that knows the token with the canary. */
async function worldWithToken(options: WorldOptions = {}): Promise<World> {
  const world = await makeWorld(options);
  await world.controlPlane.createToken({ token });
  return world;
}

const settings: JoinSettings = { token, timeouts: { discovery: "1s", kubernetesAPICall: "1s", tlsBootstrap: "3s" } };

const successful: JoinSettings = { token, timeouts: patient };

const initArguments: readonly string[] = [
  ...["init", "--dry-run", "--ignore-preflight-errors", "all", "--node-name", "n1", "--cri-socket", "unix:///x"],
  ...["--apiserver-advertise-address", "192.0.2.10"],
];

const runs: readonly Run[] = [
  { name: "a join that succeeds", world: { kubelet: {} }, arguments: (w) => joinArguments(w, successful), status: 0 },
  { name: "a dry run", arguments: (w) => [...joinArguments(w, successful), "--dry-run"], status: 0 },
  {
    name: "a join by flags, with the token and a certificate key",
    arguments: ({ controlPlane }) => [
      ...["join", controlPlane.endpoint, "--token", token, "--discovery-token-ca-cert-hash", controlPlane.caPin],
      ...["--node-name", nodeName, "--dry-run", "--certificate-key", certificateKey],
    ],
    status: 0,
  },
  {
    name: "a token that the cluster signs with another second half",
    arguments: async (world) => {
      const id = (await world.controlPlane.createToken()).split(".")[0];
      return joinArguments(world, { ...settings, token: `${id}.${token.split(".")[1]}` });
    },
    status: 1,
  },
  {
    name: "a server that quotes the token it was sent",
    arguments: (world) => {
      world.controlPlane.faults.add({
        match: { hasCredentials: true },
        action: { kind: "status", code: 401, message: `invalid bearer token ${token}` },
      });
      return joinArguments(world, settings);
    },
    status: 1,
  },
  {
    name: "a proxy that quotes the whole request",
    arguments: (world) => {
      world.controlPlane.faults.add({
        match: { hasCredentials: true },
        action: { kind: "answer", status: 200, contentType: "text/plain", body: `Bearer ${token}` },
      });
      return joinArguments(world, settings);
    },
    status: 1,
  },
  {
    name: "a discovery file with a bearer token that the server quotes",
    arguments: (world) => {
      world.controlPlane.faults.add({ match: {}, action: { kind: "status", code: 401, message: `who is ${bearer}?` } });
      return joinArguments(world, { ...settings, discoveryFile: discoveryFile(world, `token: ${bearer}`) });
    },
    status: 1,
  },
  {
    name: "a discovery file that is broken at its token",
    arguments: (world) =>
      joinArguments(world, { ...settings, discoveryFile: discoveryFile(world, `token: [${bearer}`) }),
    status: 1,
  },
  {
    name: "a configuration file that is broken at its token",
    arguments: (world) => {
      const args = joinArguments(world, settings);
      world.write(
        "/etc/join.yaml",
        `apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery: {tlsBootstrapToken: {a: ${token}}, x: ${token}}\n`,
      );
      return args;
    },
    status: 1,
  },
  {
    name: "a token in the endpoint's place",
    arguments: () => ["join", token, "--discovery-token-unsafe-skip-ca-verification"],
    status: 1,
  },
  {
    name: "a certificate key in the endpoint's place",
    arguments: () => ["join", certificateKey, "--token", token, "--discovery-token-unsafe-skip-ca-verification"],
    status: 1,
  },
  { name: "a token too many", arguments: () => ["join", "192.0.2.1:6443", token], status: 1 },
  { name: "a token for a command", arguments: () => [token], status: 1 },
  { name: "a token for a command with its help", arguments: () => [token, "--help"], status: 1 },
  { name: "a token for a phase", arguments: () => ["join", "phase", token], status: 1 },
  { name: "a token for a flag", arguments: () => ["join", `--${token}`], status: 1 },
  { name: "a flag that does not exist", arguments: () => ["join", `--tken=${token}`], status: 1 },
  { name: "a token for a number", arguments: () => ["join", "-v", token], status: 1 },
  { name: "a token for a skipped phase", arguments: () => ["join", "--skip-phases", token], status: 1 },
  {
    name: "a certificate key of another form",
    arguments: () => [
      "join",
      "192.0.2.1:6443",
      "--token",
      token,
      "--discovery-token-unsafe-skip-ca-verification",
      "--control-plane",
      "--certificate-key",
      `${certificateKey}x`,
    ],
    status: 1,
  },
  {
    name: "an init that is to show neither token nor key",
    arguments: () => [
      ...initArguments,
      ...["--token", token, "--certificate-key", certificateKey, "--upload-certs"],
      ...["--skip-token-print", "--skip-certificate-key-print"],
    ],
    status: 0,
  },
  {
    name: "an init with a certificate key of another form",
    arguments: () => [...initArguments, "--certificate-key", `${certificateKey}x`],
    status: 1,
  },
  {
    name: "an init with a token of another form",
    arguments: () => [...initArguments, "--token", `${token}x`],
    status: 1,
  },
  {
    name: "an init with a file whose token and key are of another form",
    arguments: (world) => {
      const document = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n";
      world.write(
        "/etc/init.yaml",
        `${document}bootstrapTokens: [{token: ${token}x}]\ncertificateKey: ${certificateKey}x\n`,
      );
      return ["init", "--dry-run", "--config", "/etc/init.yaml"];
    },
    status: 1,
  },
  { name: "a token for an output", arguments: () => ["join", "-o", token], status: 1 },
];

const verbosities: readonly (readonly string[])[] = [
  ["-v=0"],
  ["-v=5"],
  ["-v=10"],
  ["-o", "json"],
  ["-o", "json", "-v=10"],
];

describe("secrets", () => {
  let program: ReturnType<typeof programCopy>;
  let folder = "";

  beforeAll(() => {
    program = programCopy();
    folder = temporaryDirectory().path;
    chmodSync(folder, 0o777);
  });
  afterAll(() => program[Symbol.dispose]());

  describe.each(verbosities.map((flags) => [flags.join(" "), flags] as const))("with %s", (_flags, flags) => {
    test.concurrent.each(runs.map((run) => [run.name, run] as const))(
      "are in nothing that is said by %s",
      async (_name, run) => {
        await using world = await worldWithToken(run.world);
        const args = [...(await run.arguments(world)), ...flags];
        const outcome = await startKubeadm(world, args, { program: program.path }).ended;
        expect(canariesIn(outcome.stdout + outcome.stderr)).toEqual([]);
        expect(outcome.status, outcome.stderr + outcome.stdout).toBe(run.status);
        expect(readableByOthers(world.root.path)).toEqual([]);
      },
      150_000,
    );
  });

  test("are readable by no one else at any moment of a join, whatever the umask", async () => {
    const permissive = join(folder, "permissive");
    writeFileSync(permissive, `#!/bin/sh\numask 0\nexec ${program.path} "$@"\n`, { mode: 0o755 });
    await using world = await worldWithToken({ kubelet: {} });
    const running = startKubeadm(world, joinArguments(world, successful), { program: permissive });
    const seen = new Set<string>();
    let looks = 0;
    let isOver = false;
    const ended = running.ended.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      for (const path of readableByOthers(world.root.path)) seen.add(path);
      looks += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await ended).status, running.output()).toBe(0);
    expect(looks).toBeGreaterThan(20);
    expect([...seen]).toEqual([]);
    for (const path of ["/etc/kubernetes/kubelet.conf", "/var/lib/kubelet/pki/kubelet-client-current.pem"]) {
      expect(statSync(realPath(world, path)).mode & 0o777, path).toBe(0o600);
    }
  }, 150_000);

  // Programs of another root run in it, which only root can make them do: this is the machine's own.
  const isNode = existsSync("/etc/kubernetes");
  test.skipIf(isNode)(
    "reach no child process, neither by its command line nor by its environment [needs a machine that is no node]",
    async () => {
      const record = join(folder, "children");
      writeFileSync(record, "");
      chmodSync(record, 0o666);
      const programs = mkdtempSync(join(folder, "programs-"));
      chmodSync(programs, 0o755);
      const script = `#!/bin/sh\n{ echo "$0 $*"; env; } >>${record}\n`;
      for (const name of ["kubelet", "systemctl", "modprobe", "conntrack", "ip", "rc-service"]) {
        writeFileSync(join(programs, name), script, { mode: 0o755 });
      }
      const plugin = join(programs, "plugin");
      const credential = {
        apiVersion: "client.authentication.k8s.io/v1",
        kind: "ExecCredential",
        status: { token: pluginToken },
      };
      writeFileSync(plugin, `${script}echo '${JSON.stringify(credential)}'\n`, { mode: 0o755 });
      await using controlPlane = await disposableControlPlane();
      await controlPlane.createToken({ token });
      const kubeconfig = join(folder, "discovery.conf");
      const user = `exec: {apiVersion: client.authentication.k8s.io/v1, command: ${plugin}, interactiveMode: Never, provideClusterInfo: true}`;
      writeFileSync(kubeconfig, discoveryFile({ controlPlane }, user), { mode: 0o644 });
      await using world = await worldWithToken();
      const dryRun = mkdtempSync(join(folder, "dry-run-"));
      chmodSync(dryRun, 0o777);
      const outcome = await startKubeadm(
        world,
        [
          ...["join", "--discovery-file", kubeconfig, "--tls-bootstrap-token", token, "--node-name", nodeName],
          ...["--dry-run", "--ignore-preflight-errors", "all", "-v=10"],
        ],
        {
          program: program.path,
          keepsRoot: true,
          checksEverything: true,
          environment: { PATH: `${programs}:/usr/bin:/bin`, KUBEADM_JOIN_DRYRUN_DIR: dryRun, CERTIFICATE_KEY: "none" },
        },
      ).ended;
      const children = readFileSync(record, "utf8");
      expect(children, outcome.stderr).toContain(`${plugin} `);
      expect(children).toContain("KUBERNETES_EXEC_INFO=");
      expect(canariesIn(children)).toEqual([]);
      expect(canariesIn(outcome.stdout + outcome.stderr)).toEqual([]);
      expect(readdirSync(dryRun).length, outcome.stderr).toBeGreaterThan(0);
      expect(readableByOthers(dryRun)).toEqual([]);
    },
    150_000,
  );

  test("of a discovery file's client key are in nothing that is said", async () => {
    const key = await keyCanary();
    await using world = await worldWithToken();
    const { certificatePem } = await world.controlPlane.createClientCredential({ commonName: "someone" });
    const data = (text: string) => Buffer.from(text).toString("base64");
    const user = `client-certificate-data: ${data(certificatePem)}, client-key-data: ${data(key.pem)}`;
    for (const flags of verbosities) {
      const args = joinArguments(world, { ...settings, discoveryFile: discoveryFile(world, user) });
      const outcome = await startKubeadm(world, [...args, "--dry-run", ...flags], { program: program.path }).ended;
      expect(canariesIn(outcome.stdout + outcome.stderr, key.traces)).toEqual([]);
    }
  }, 150_000);

  test("are sent to no server of another CA, whatever the environment says of trust", async () => {
    await using world = await worldWithToken();
    const other = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256" });
    try {
      world.write("/etc/theirs.pem", other.caCertificatePem, 0o644);
      const theirs = world.root.inside("/etc/theirs.pem");
      const text = discoveryFile(world, `token: ${bearer}`).replace(world.controlPlane.url, other.url);
      const outcome = await startKubeadm(world, joinArguments(world, { ...settings, discoveryFile: text }), {
        program: program.path,
        environment: {
          NODE_TLS_REJECT_UNAUTHORIZED: "0",
          NODE_EXTRA_CA_CERTS: theirs,
          SSL_CERT_FILE: theirs,
          NODE_USE_SYSTEM_CA: "1",
        },
      }).ended;
      expect(outcome.stderr).toContain("code: DISCOVERY_TLS_UNTRUSTED");
      expect(outcome.status).toBe(1);
      expect(other.requests.matching(() => true)).toEqual([]);
    } finally {
      await other.close();
    }
  }, 150_000);
});

async function disposableControlPlane() {
  const kubeletConfiguration = { healthzPort: await freePort() };
  const controlPlane = await startControlPlane({
    encryptionAlgorithm: "ECDSA-P256",
    kubeletConfiguration,
    staticTokens: [{ token: pluginToken, username: "plugin", groups: [] }],
  });
  return Object.assign(controlPlane, { [Symbol.asyncDispose]: () => controlPlane.close() });
}

function discoveryFile({ controlPlane }: Pick<World, "controlPlane">, user: string): string {
  const data = Buffer.from(controlPlane.caCertificatePem).toString("base64");
  return `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {certificate-authority-data: ${data}, server: "${controlPlane.url}"}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
users: [{name: u, user: {${user}}}]
`;
}

/** Files that others may read and that have a secret in them. */
function readableByOthers(root: string): readonly string[] {
  return entriesBelowNow(root).filter((path) => {
    try {
      const { mode } = statSync(path);
      if ((mode & 0o100_000) === 0 || (mode & 0o077) === 0) return false;
      const text = readFileSync(path, "latin1");
      return canariesIn(text).length > 0 || text.includes("PRIVATE KEY");
    } catch {
      return false;
    }
  });
}

/** Of a tree that changes meanwhile. */
function entriesBelowNow(root: string): readonly string[] {
  try {
    return entriesBelow(root);
  } catch {
    return [];
  }
}

function realPath(world: World, path: string): string {
  const entry = world.root.inside(path);
  const [dated] = readdirSync(join(entry, "..")).filter((name) => /^kubelet-client-\d.*\.pem$/.test(name));
  return path.endsWith("-current.pem") && dated !== undefined ? join(entry, "..", dated) : entry;
}
