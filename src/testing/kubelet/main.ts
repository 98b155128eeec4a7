// The kubelet stand-in as a program of its own:
//   main.ts --root DIR --hostname NAME [behaviour] [-- the kubelet's own flags]
// Without flags of its own it takes those of the 10-kubeadm.conf drop-in.
import { parseArgs } from "node:util";
import type { KubeletBehaviour } from "./life.ts";
import { klog } from "./log.ts";
import { rootedPath } from "./rooted-path.ts";
import { parseKubeletFlags } from "./settings.ts";
import { supervise } from "./supervise.ts";
import { kubeletVersion } from "./version.ts";

const dropInFlags = [
  "--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf",
  "--kubeconfig=/etc/kubernetes/kubelet.conf",
  "--config=/var/lib/kubelet/config.yaml",
];

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      root: { type: "string", default: "/" },
      uid: { type: "string" },
      hostname: { type: "string", default: "localhost" },
      "crash-message": { type: "string" },
      healthz: { type: "string", default: "serve" },
      "never-bootstrap": { type: "boolean", default: false },
      "start-delay-ms": { type: "string", default: "0" },
      "ready-delay-ms": { type: "string", default: "200" },
      "restart-delay-ms": { type: "string", default: "100" },
    },
  });
  const flags = positionals.length === 0 ? dropInFlags : positionals;
  if (flags.includes("--version")) {
    process.stdout.write(`Kubernetes ${kubeletVersion}\n`);
    return 0;
  }
  if (values.uid !== undefined) becomeUser(Number(values.uid));
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());
  try {
    return await supervise({
      argv: flags,
      hostname: values.hostname,
      configuration: parseKubeletFlags(flags).get("config") ?? "",
      restartDelayMs: Number(values["restart-delay-ms"]),
      behaviour: {
        ...(values["crash-message"] === undefined ? {} : { crashMessage: values["crash-message"] }),
        healthz: healthzBehaviour(values.healthz),
        neverBootstrap: values["never-bootstrap"],
        startDelayMs: Number(values["start-delay-ms"]),
        readyDelayMs: Number(values["ready-delay-ms"]),
      },
      rooted: rootedPath(values.root),
      log: klog(
        (line) => process.stderr.write(line),
        () => new Date(),
      ),
      signal: stop.signal,
    });
  } catch (error) {
    if (stop.signal.aborted) return 0;
    throw error;
  }
}

/** After everything is loaded: the program may lie where that user cannot read. */
function becomeUser(uid: number): void {
  process.setgroups?.([]);
  process.setgid?.(uid);
  process.setuid?.(uid);
}

function healthzBehaviour(value: string): KubeletBehaviour["healthz"] {
  if (value === "serve" || value === "refuse" || value === "fail") return value;
  throw new Error(`--healthz takes serve, refuse or fail, not ${value}`);
}

process.exitCode = await main(process.argv.slice(2));
