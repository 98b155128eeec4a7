// The embedded kubelet as a separate program:
//   main.ts --root DIR --hostname NAME [behavior] [-- the kubelet's own flags]
// Without kubelet flags it uses those of the 10-kubeadm.conf drop-in. With --managed it handles the IPC messages "stop"
// and "restart" instead of watching the environment file; --address, --carrier and --first-port are its place in a
// loopback network.
import { parseArgs } from "node:util";
import { defined } from "../../values/defined.ts";
import { kubeletNetwork } from "./kubelet-network.ts";
import type { KubeletBehavior } from "./life.ts";
import { klog } from "./log.ts";
import { rootedPath } from "./rooted-path.ts";
import { parseKubeletFlags } from "./settings.ts";
import { argumentsOf, type SuperviseOptions, supervise } from "./supervise.ts";
import { KubeletUnit, type UnitCommand } from "./unit.ts";
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
      release: { type: "string", default: kubeletVersion },
      hostname: { type: "string", default: "localhost" },
      address: { type: "string" },
      carrier: { type: "string" },
      "first-port": { type: "string" },
      managed: { type: "boolean", default: false },
      "crash-message": { type: "string" },
      healthz: { type: "string", default: "serve" },
      "never-bootstrap": { type: "boolean", default: false },
      "start-delay-ms": { type: "string", default: "0" },
      "ready-delay-ms": { type: "string", default: "200" },
      "pod-restart-delay-ms": { type: "string", default: "0" },
      "restart-delay-ms": { type: "string", default: "100" },
    },
  });
  const flags = positionals.length === 0 ? dropInFlags : positionals;
  if (flags.includes("--version")) {
    process.stdout.write(`Kubernetes ${values.release}\n`);
    return 0;
  }
  if (values.uid !== undefined) becomeUser(Number(values.uid));
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());
  const { address, carrier, "first-port": firstPort } = values;
  const place =
    address === undefined || carrier === undefined ? undefined : { address, carrier, firstPort: Number(firstPort) };
  try {
    const options: SuperviseOptions = {
      argv: flags,
      hostname: values.hostname,
      version: values.release,
      configuration: parseKubeletFlags(flags).get("config") ?? "",
      restartDelayMs: Number(values["restart-delay-ms"]),
      behavior: {
        ...defined({ crashMessage: values["crash-message"] }),
        healthz: healthzBehavior(values.healthz),
        neverBootstrap: values["never-bootstrap"],
        startDelayMs: Number(values["start-delay-ms"]),
        readyDelayMs: Number(values["ready-delay-ms"]),
        podRestartDelayMs: Number(values["pod-restart-delay-ms"]),
      },
      rooted: rootedPath(values.root),
      network: kubeletNetwork(place),
      log: klog(
        (line) => process.stderr.write(line),
        () => new Date(),
      ),
      signal: stop.signal,
    };
    return await (values.managed ? runUnit(options, stop) : supervise(options));
  } catch (error) {
    if (stop.signal.aborted) return 0;
    throw error;
  }
}

/**
 * Under a service manager, the process at the other end of the IPC channel is in charge; without it the kubelet ends.
 */
async function runUnit(options: SuperviseOptions, stop: AbortController): Promise<never> {
  const unit = new KubeletUnit();
  process.on("message", (command: UnitCommand) => {
    void unit.obey(command).then(() => process.send?.("done"));
  });
  process.once("disconnect", () => stop.abort());
  try {
    return await unit.run({ ...options, arguments: () => argumentsOf(options) });
  } finally {
    // The open channel alone would keep the process running.
    if (process.connected) process.disconnect();
  }
}

/** After everything is loaded: that user may not be able to read the program. */
function becomeUser(uid: number): void {
  process.setgroups?.([]);
  process.setgid?.(uid);
  process.setuid?.(uid);
}

function healthzBehavior(value: string): KubeletBehavior["healthz"] {
  if (value === "serve" || value === "refuse" || value === "fail") return value;
  throw new Error(`--healthz takes serve, refuse or fail, not ${value}`);
}

process.exitCode = await main(process.argv.slice(2));
