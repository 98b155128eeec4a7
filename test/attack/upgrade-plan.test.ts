// What others may write to a cluster, in what `upgrade plan` reads: the version of a kubelet, which its node reports, and the
// Corefile, which anyone who can edit a ConfigMap controls.
import { type ControlPlane, resources } from "../../src/embedded/control-plane/index.ts";
import { addNode, coreDnsOf, startOldCluster } from "../support/upgrade/old-cluster.ts";
import { type Attack, attacksBy } from "./attack.ts";
import { mostMiB, type Watched, watchProgram } from "./watched-program.ts";
import { damage, marker, weapon } from "./weapons.ts";

const plan = [
  "upgrade",
  "plan",
  "v1.37.2",
  "--allow-experimental-upgrades",
  "--ignore-preflight-errors",
  "all",
] as const;

async function planned(
  program: string,
  prepare: (controlPlane: ControlPlane) => void,
  args: readonly string[] = [],
  interruptsReading = false,
): Promise<Watched> {
  await using cluster = await startOldCluster();
  const { controlPlane, files } = cluster;
  prepare(controlPlane);
  const stopped = new AbortController();
  const whenRead = interruptsReading ? { interruptWhen: corefileRead(controlPlane, stopped.signal) } : {};
  try {
    return await watchProgram(program, [...plan, ...args], { files, ...whenRead });
  } finally {
    stopped.abort();
  }
}

/** From the request for the Corefile to the middle of its parsing. */
const untilParsingMs = 60;

/** Resolves when the Corefile has been asked for, and is being read. */
function corefileRead({ requests }: ControlPlane, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = setInterval(() => {
      if (!signal.aborted && requests.matching(({ path }) => path.includes("configmaps/coredns")).length === 0) return;
      clearInterval(look);
      if (!signal.aborted) setTimeout(resolve, untilParsingMs);
    }, 5);
  });
}

/** A row of the table of kubelets, or of the components below it, which no object of the cluster has. */
const forgedRow = /^(?:kubelet|kube-apiserver|etcd) +forged/m;

function byKubelet(name: string, version: string, args: readonly string[] = []): Attack {
  return {
    name,
    run: async ({ program }) => {
      const { status, stdout, stderr } = await planned(
        program,
        (controlPlane) => addNode(controlPlane, "w1", { kubelet: version }),
        args,
      );
      const output = stdout + stderr;
      const isForged = forgedRow.test(output) ? "a row of its own" : undefined;
      const failed = status === 0 ? undefined : `the plan ended with ${status ?? "a kill"}`;
      return { carriedOut: output.includes(marker), won: damage(output) ?? isForged ?? failed };
    },
  };
}

attacksBy("a node that reports its kubelet's version", "write rows and remedies of its own", [
  byKubelet("reports a weapon", `v1.36.3 ${weapon}`),
  byKubelet("reports a row of the table", `v1.36.3-${marker}   v1.37.2\nkubelet   forged   v9.9.9   v1.37.2`),
  byKubelet("reports a row behind a carriage return", `v1.36.3-${marker}\rkubelet   forged   v9.9.9   v1.37.2`),
  byKubelet("reports a row behind a separator of lines", `v1.36.3-${marker}\u2028kubelet   forged   v9.9.9`),
  byKubelet("reports cells behind tabs", `v1.36.3-${marker}\t\v\f\u0085forged\n\nkube-apiserver\tforged\tv9.9.9`),
  byKubelet("reports a weapon, for JSON", weapon, ["-o", "json"]),
  byKubelet("reports a weapon, for YAML", weapon, ["-o", "yaml"]),
]);

/** Three times what the slowest of these Corefiles takes that is read in linear time; a quadratic reader takes much longer. */
const mostProcessorMsOfPlan = 7_000;
/** A Ctrl-C is heard when the Corefile has been read. */
const mostProcessorMsToEnd = 6_000;

/** What fits into a ConfigMap next to what it has. */
const size = 480 * 1_024;
const repeated = (text: string) => text.repeat(Math.ceil(size / text.length)).slice(0, size);
const within = (text: string) => `.:53 {\n${text}\n}\n`;

const corefiles: readonly (readonly [name: string, text: string])[] = [
  ["is one line of words", within(repeated("x "))],
  ["is one word", repeated("x")],
  ["is blank", within(repeated(" "))],
  ["is only line breaks", within(repeated("\n"))],
  ["is only opening braces", repeated("{ ")],
  ["is only closing braces", repeated("} ")],
  ["is only braces, each on its line", repeated("{\n}\n")],
  ["nests without end", within(`${repeated("a {\n").slice(0, size / 2)}\n${"}\n".repeat(size / 8)}`)],
  ["is a quote without end", within(`"${repeated("\\")}`)],
  ["is only quotes", within(repeated('"'))],
  ["is comments", within(repeated("#\n"))],
  ["has very many servers", repeated(".:53 {\n kubernetes a\n}\n")],
  ["has very many plugins", within(repeated("  proxy . 10.0.0.1\n"))],
  ["has very many plugins on lines far apart", within(repeated(`${" ".repeat(2_000)}proxy .\n`))],
  [
    "has very many changes",
    within(repeated("  kubernetes a {\n    upstream\n    resyncperiod 1\n    transfer to *\n  }\n")),
  ],
  ["has very many options to change", within(`proxy . 10.0.0.1 {\n${repeated("policy first\nexcept a\n")}\n}`)],
  ["has very many changes on one line", within(`header {\n${repeated("set ")}\n}`)],
  ["has very many removed plugins", within(repeated("  reverse a {\n  }\n  federation b\n"))],
];

function byCorefile([name, Corefile]: readonly [string, string], coreDns: string, interrupts: boolean): Attack {
  return {
    name: `${name} (CoreDNS ${coreDns}${interrupts ? ", Ctrl-C" : ""})`,
    run: async ({ program }) => {
      const result = await planned(
        program,
        (controlPlane) => corefileOf(controlPlane, Corefile, coreDns),
        [],
        interrupts,
      );
      const { status, stdout, stderr, peakMiB, interruptedMs } = result;
      const { processorMs, processorMsAfterInterruption } = result;
      const isSlow = processorMs > mostProcessorMsOfPlan || processorMsAfterInterruption > mostProcessorMsToEnd;
      const won =
        status === undefined || isSlow
          ? `the program computed for ${processorMs} ms, of which ${processorMsAfterInterruption} ms after the Ctrl-C`
          : peakMiB > mostMiB
            ? `the program took ${Math.round(peakMiB)} MiB`
            : damage(stdout + stderr);
      return { carriedOut: interrupts ? interruptedMs !== undefined : stdout.includes("CoreDNS"), won };
    },
  };
}

function corefileOf(controlPlane: ControlPlane, Corefile: string, coreDns: string): void {
  const { storage } = controlPlane;
  const metadata = { name: "coredns", namespace: "kube-system" };
  storage.delete(resources.configMaps, metadata);
  storage.create(resources.configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data: { Corefile } });
  storage.delete(resources.deployments, metadata);
  storage.create(resources.deployments, coreDnsOf(coreDns));
}

attacksBy("someone who can edit the ConfigMap of CoreDNS", "keep the program from ending", [
  ...corefiles.map((corefile) => byCorefile(corefile, "v1.1.3", false)),
  ...corefiles.map((corefile) => byCorefile(corefile, "v1.1.3", true)),
]);
