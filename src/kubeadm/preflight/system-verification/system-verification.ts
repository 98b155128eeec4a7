import { throwIfAborted } from "../../../async/signal.ts";
import { started } from "../../../async/started.ts";
import type { SystemReportLine } from "../../../events/event.ts";
import { ownMinor } from "../../../kubernetes/minors/minors.ts";
import { type Check, type Look, type PreflightPorts, type Problem, problem } from "../check.ts";
import { type KubeletVersion, remedyOf } from "../kubelet-version.ts";
import { type CgroupMount, findCgroupMount, verifyCgroups } from "./cgroups.ts";
import { judgeOptions, KernelConfigurationError, readKernelConfiguration } from "./kernel-configuration.ts";

/** The lists of k8s.io/system-validators that upstream of this program's minor version is built with. */
const { kernels, kernelsNote, required: requiredOptions, optional, requiredByCgroups } = ownMinor.system;

interface Verdict {
  readonly problems: readonly Problem[];
  readonly report: readonly SystemReportLine[];
}

/** Kernel, operating system and cgroups must be able to run containers and this kubelet. */
export function systemVerification(kubeletVersion: Look<KubeletVersion>): Check {
  return {
    name: "SystemVerification",
    severity: "error",
    run: async (ports, signal) => {
      const kernelRelease = ports.machine.kernelRelease.trim();
      // While the kubelet starts, which takes longer than everything else.
      const kernel = started(lookAtKernel(kernelRelease, ports, signal));
      const kubelet = await kubeletVersion(ports, signal);
      if (!kubelet.known) return problem(`couldn't get kubelet version: ${kubelet.reason}`, remedyOf(kubelet));
      const { mount, configuration } = await kernel;
      const verdicts = [
        verifyKernelVersion(kernelRelease),
        configuration,
        verifyOperatingSystem(ports.machine.platform),
        await verifyCgroups(ports.files, { mount, kubelet: kubelet.version, kernelRelease }),
      ];
      return {
        problems: verdicts.flatMap(({ problems }) => problems),
        report: verdicts.flatMap(({ report }) => report),
      };
    },
  };
}

async function lookAtKernel(
  release: string,
  ports: PreflightPorts,
  signal: AbortSignal,
): Promise<{ readonly mount: CgroupMount | string; readonly configuration: Verdict }> {
  const mount = await findCgroupMount(ports.files);
  return { mount, configuration: await verifyKernelConfiguration(release, { mount, ports, signal }) };
}

function verifyKernelVersion(release: string): Verdict {
  const isSupported = kernels.some((form) => new RegExp(form).test(release));
  const message = `kernel release ${release} is unsupported. ${kernelsNote}`;
  return {
    problems: isSupported ? [] : [{ message, severity: "warning" }],
    report: [{ key: "KERNEL_VERSION", value: release, verdict: isSupported ? "good" : "bad" }],
  };
}

function verifyOperatingSystem(platform: PreflightPorts["machine"]["platform"]): Verdict {
  const name = platform === "linux" ? "Linux" : platform;
  if (platform === "linux") return { problems: [], report: [{ key: "OS", value: name, verdict: "good" }] };
  const message = `unsupported operating system: ${name}`;
  return { problems: [{ message }], report: [{ key: "OS", value: name, verdict: "bad" }] };
}

interface KernelSubject {
  readonly mount: CgroupMount | string;
  readonly ports: PreflightPorts;
  readonly signal: AbortSignal;
}

async function verifyKernelConfiguration(
  release: string,
  { mount, ports: { files, commands }, signal }: KernelSubject,
): Promise<Verdict> {
  let configuration: string;
  try {
    configuration = await readKernelConfiguration(release, { files, commands, signal });
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof KernelConfigurationError)) throw error;
    return { problems: [{ message: `failed to parse kernel config: ${error.message}` }], report: [] };
  }
  const required = judgeOptions(configuration, requiredOptions, "bad");
  if (typeof mount === "string") {
    return { problems: [{ message: `failed to get unified mountpoint: ${mount}` }], report: required };
  }
  const report = [
    ...required,
    ...judgeOptions(configuration, requiredByCgroups[mount.version], "bad"),
    ...judgeOptions(configuration, optional, "warning"),
  ];
  const missing = report.filter(({ verdict }) => verdict === "bad").map(({ key }) => key);
  const problems = missing.length === 0 ? [] : [{ message: `unexpected kernel config: ${missing.join(" ")}` }];
  return { problems, report };
}
