import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { arm64Emulator } from "../../scripts/arm64-emulator.ts";
import { defined } from "../../src/values/defined.ts";
import { built } from "../build/artifact.ts";
import { httpsIdentity, serveHttps } from "../support/join/https-server.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import { type Attack, attacksBy } from "./attack.ts";

/** A folder of the attacker's: what is to be run, what is to be read, and a place where the victim may leave something. */
interface Lair extends Disposable {
  /** A script that leaves a file in `loot`. */
  readonly script: string;
  /** A file that only the victim may read. */
  readonly secret: string;
  readonly loot: string;
}

const canary = "only-root-may-read-this";

function lair(): Lair {
  const { path, ...directory } = temporaryDirectory();
  const [script, secret, loot] = ["evil.js", "secret", "loot"].map((name) => join(path, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(loot);
  writeFileSync(script, `require("node:fs").writeFileSync(${JSON.stringify(join(loot, "ran"))}, "")\n`);
  writeFileSync(secret, `${canary}\n`);
  return { script, secret, loot, ...directory };
}

type Variables = Readonly<Record<string, string>>;

interface Run {
  readonly variables: Variables;
  readonly args: readonly string[];
  readonly argv0?: string;
  /** Called while the program runs; says what was found. */
  readonly meanwhile?: (() => Promise<string | undefined>) | undefined;
}

type Argv = readonly [string, ...string[]];

/** All that a run shows: status, output, files that it left, what was found meanwhile. */
async function seen([program, ...before]: Argv, { variables, args, argv0, meanwhile }: Run, loot: string) {
  const child = spawn(program, [...before, ...args], {
    cwd: loot,
    env: { PATH: "/usr/bin:/bin", ...variables },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
    ...defined({ argv0 }),
  });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
  }
  const status = new Promise<number | null>((resolve, reject) => child.on("error", reject).once("close", resolve));
  const found = await meanwhile?.();
  if (found !== undefined) child.kill();
  const left = { status: await status, ...texts, found, files: readdirSync(loot).length };
  for (const name of readdirSync(loot)) rmSync(join(loot, name), { recursive: true });
  return left;
}

interface Hostile {
  readonly name: string;
  readonly variables: (lair: Lair) => Variables;
  readonly args?: readonly string[];
  readonly argv0?: string;
  readonly meanwhile?: () => Promise<string | undefined>;
  /** The runtime obeys it nowhere: that is shown by the run alone. */
  readonly isBlunt?: boolean;
}

/** Not among those that the kernel gives to others, and another one in another run of the tests. */
const inspectPort = 20_000 + (process.pid % 10_000);

/** Whether someone listens there within two seconds. */
async function debuggerListens(): Promise<string | undefined> {
  for (let tries = 0; tries < 20; tries++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(inspectPort, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
      socket.on("close", () => undefined).on("connect", () => socket.destroy());
    });
    if (isOpen) return "a debugger port is open";
    await sleep(100);
  }
  return undefined;
}

const hostile: readonly Hostile[] = [
  ...["--preload", "--require", "--import"].map((option) => ({
    name: `preloads a script by ${option} in BUN_OPTIONS`,
    variables: ({ script }: Lair) => ({ BUN_OPTIONS: `${option}=${script}` }),
  })),
  {
    name: "has a profile of the processor written by BUN_OPTIONS",
    variables: ({ loot }) => ({ BUN_OPTIONS: `--cpu-prof --cpu-prof-dir=${loot}` }),
  },
  {
    name: "has a profile of memory written by BUN_OPTIONS",
    variables: ({ loot }) => ({ BUN_OPTIONS: `--heap-prof --heap-prof-dir=${loot}` }),
  },
  {
    name: "has another configuration read by BUN_OPTIONS",
    variables: ({ secret }) => ({ BUN_OPTIONS: `--config=${secret}` }),
  },
  {
    name: "makes it plain Bun by BUN_BE_BUN, with code to evaluate",
    variables: () => ({ BUN_BE_BUN: "1" }),
    args: ["--eval", "require('node:fs').writeFileSync('ran', '')"],
  },
  {
    name: "makes it plain Bun by BUN_BE_BUN, with a script to run",
    variables: () => ({ BUN_BE_BUN: "1" }),
    args: ["../evil.js"],
  },
  {
    name: "opens a debugger by BUN_INSPECT",
    variables: () => ({ BUN_INSPECT: `ws://127.0.0.1:${inspectPort}/x?wait=1` }),
    meanwhile: debuggerListens,
  },
  ...["BUN_BYTECODE_ORDER_OUT", "BUN_BYTECODE_DIGEST_OUT"].map((variable) => ({
    name: `has a file written by ${variable}`,
    variables: ({ loot }: Lair) => ({ [variable]: join(loot, "file") }),
  })),
  {
    name: "has machine code dumped by an option of the engine",
    // In 4 of 100 runs the engine compiles nothing for a command as short as version, and has nothing to dump.
    args: ["config", "print", "init-defaults"],
    variables: ({ loot }) => ({ BUN_JSC_useJITDump: "1", BUN_JSC_jitDumpDirectory: loot }),
  },
  {
    name: "has functions replaced by those of a file, by an option of the engine",
    variables: ({ secret }) => ({ BUN_JSC_functionOverrides: secret }),
  },
  {
    name: "has its bytecode printed by an option of the engine",
    variables: () => ({ BUN_JSC_dumpGeneratedBytecodes: "1" }),
  },
  {
    name: "crashes it by an option of the engine",
    variables: ({ loot }) => ({ BUN_JSC_forceDiskCache: "1", BUN_JSC_diskCachePath: loot }),
  },
  {
    name: "stops it with an option that the runtime reads",
    variables: () => ({ BUN_JSC_useConcurrentJIT: "perhaps" }),
  },
  {
    name: "has the engine tell its options",
    variables: () => ({ BUN_JSC_dumpOptions: "2" }),
  },
  {
    name: "names an option of the engine without the runtime's prefix",
    variables: () => ({ JSC_dumpOptions: "2", dumpOptions: "2", JSC_useJIT: "0" }),
    isBlunt: true,
  },
  {
    name: "gives the one switch that the program itself uses, with another one behind it",
    variables: () => ({ useJIT: "0", "useJIT=0 dumpOptions": "2" }),
    isBlunt: true,
  },
  {
    name: "uses the names that are left where the old ones stood",
    variables: ({ script }) => ({ UN_OPTIONS: `--preload=${script}`, UN_BE_BUN: "1", UN_JSC_dumpOptions: "2" }),
    isBlunt: true,
  },
  {
    name: "uses a variable without a name",
    variables: ({ script }) => ({ "": `--preload=${script}` }),
    isBlunt: true,
  },
  {
    name: "uses variables of Node.js that preload and profile",
    variables: ({ script, loot }) => ({
      NODE_OPTIONS: `--require=${script} --import=${script}`,
      NODE_V8_COVERAGE: loot,
      NODE_COMPILE_CACHE: loot,
      NODE_REDIRECT_WARNINGS: join(loot, "warnings"),
      NODE_CHANNEL_FD: "0",
      NODE_UNIQUE_ID: "1",
      NODE_DEBUG: "fs,http,net",
    }),
    isBlunt: true,
  },
  ...["bun", "bunx", "node"].map((argv0) => ({
    name: `starts it under the name ${argv0}`,
    variables: () => ({}),
    argv0,
    isBlunt: true,
  })),
];

/** What the program says of a switch of its own that someone spoiled: nothing was done by then, and nothing will be. */
const refusal = "invalid JSC environment variable";

/** A variable has won where the run is not the one of an empty environment. */
function attack(
  { name, variables, args = ["version", "-o", "json"], argv0, meanwhile, isBlunt = false }: Hostile,
  programOf: (program: string) => Argv,
): Attack {
  return {
    name,
    timeoutMs: 180_000,
    run: async ({ program }) => {
      using at = lair();
      const clean = { variables: {}, args };
      const weapon = { variables: variables(at), args, meanwhile, ...defined({ argv0 }) };
      const unsealed: Argv = [built("unsealed")];
      const harm = JSON.stringify(await seen(unsealed, weapon, at.loot));
      const expected = JSON.stringify(await seen(programOf(program), clean, at.loot));
      const shown = JSON.stringify(await seen(programOf(program), weapon, at.loot));
      return {
        carriedOut: isBlunt || harm !== JSON.stringify(await seen(unsealed, clean, at.loot)),
        won: shown === expected || shown.includes(refusal) ? undefined : shown.slice(0, 500),
      };
    },
  };
}

attacksBy("a hostile environment", "run code, open a debugger or have files written by variables", [
  ...hostile.map((each) => attack(each, (program) => [program])),
  {
    name: "adds a CA of its own to the machine's, for HTTPS discovery",
    run: async ({ program }) => {
      using at = lair();
      const identity = await httpsIdentity("127.0.0.1");
      writeFileSync(at.secret, identity.caCertificatePem);
      const page = {
        address: "127.0.0.1",
        port: 0,
        path: "/conf",
        text: `apiVersion: v1\nkind: Config\n# ${canary}\n`,
      };
      const server = await serveHttps(identity, page);
      try {
        const { stderr } = await seen(
          [program],
          {
            variables: { NODE_EXTRA_CA_CERTS: at.secret, NODE_USE_SYSTEM_CA: "1", NODE_TLS_REJECT_UNAUTHORIZED: "0" },
            args: [
              ...["join", "--discovery-file", `https://127.0.0.1:${server.port}/conf`, "--dry-run"],
              ...["--ignore-preflight-errors", "all", "--rootfs", at.loot],
            ],
          },
          at.loot,
        );
        const isRefused = stderr.includes("certificate signed by unknown authority");
        return { carriedOut: isRefused, won: isRefused ? undefined : stderr };
      } finally {
        await server.close();
      }
    },
  },
]);

const emulator = arm64Emulator();

attacksBy(
  "a hostile environment of the arm64 program",
  "do the same there",
  hostile
    .filter(({ isBlunt, argv0 }) => isBlunt !== true && argv0 === undefined)
    .map((each) => ({
      ...attack(each, () => [...(emulator ?? ["/bin/false"]), built("arm64")]),
      lacks: emulator === undefined ? "qemu-user-static and libc6-arm64-cross" : undefined,
    })),
);
