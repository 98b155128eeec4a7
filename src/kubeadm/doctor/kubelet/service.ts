import type { ServiceStatus } from "../../../host/service-manager.ts";
import { shell } from "../../../values/shell.ts";
import { kubeletCauseLine } from "../../kubelet/kubelet-failure.ts";
import { kubeletRemedy } from "../../kubelet/kubelet-remedy.ts";
import { kubeletService } from "../../kubelet/kubelet-service.ts";
import { type CheckOutcome, type DoctorCheck, failed, passed, skipped, warned } from "../check.ts";
import type { Examination } from "../examination.ts";
import { kubeletLog, kubeletUnit } from "../facts/kubelet.ts";
import { kubeletHealth } from "../facts/kubelet-health.ts";
import type { DoctorFix } from "../fix/fix.ts";
import { unmask } from "../suggested-commands.ts";
import { lastWords } from "./last-words.ts";

const noManager = "neither systemd nor OpenRC runs here";
const noService = "there is no kubelet service";

export const kubeletInstalled: DoctorCheck = {
  name: "kubelet-installed",
  group: "kubelet",
  title: "The kubelet and its service are installed",
  look: async (examination) => {
    const [program, unit] = await Promise.all([kubeletProgram(examination), examination.once(kubeletUnit)]);
    const remedy = "Install the kubelet package of the cluster's version.";
    if (program === undefined && unit?.exists !== true) return failed("The kubelet is not installed.", { remedy });
    if (program === undefined) {
      return failed("The kubelet's service exists, but there is no program kubelet in the PATH.", { remedy });
    }
    if (unit === undefined) return passed(program);
    if (!unit.exists) return failed(`${program} exists, but there is no kubelet service that starts it.`, { remedy });
    return passed(program);
  },
};

const usualPaths = ["/usr/bin/kubelet", "/usr/local/bin/kubelet", "/opt/bin/kubelet"];

/** The PATH of a user other than root, or of another root directory, may not contain the kubelet. */
async function kubeletProgram({ commands, files }: Examination): Promise<string | undefined> {
  const found = await commands.find(kubeletService);
  if (found !== undefined) return found;
  const statuses = await Promise.all(usualPaths.map((path) => files.status(path)));
  return usualPaths.find((_, index) => statuses[index] !== undefined);
}

/** For a mask that --undo can restore: it makes one that lasts. */
const unmaskingFix: DoctorFix = {
  what: "unmask, enable and start the kubelet's service",
  steps: [
    { kind: "unmask-service", service: kubeletService },
    { kind: "enable-service", service: kubeletService },
    { kind: "start-service", service: kubeletService },
  ],
};

export const kubeletEnabled: DoctorCheck = {
  name: "kubelet-enabled",
  group: "kubelet",
  title: "The kubelet's service is enabled",
  after: ["kubelet-installed"],
  look: async ({ once, services }) => {
    const unit = await once(kubeletUnit);
    if (unit === undefined) return skipped(noManager);
    if (!unit.exists) return skipped(noService);
    if (unit.masked === true) {
      return failed("The kubelet's service is masked: nothing can start it.", {
        remedy: "Unmask it, then enable and start it.",
        commands: [unmask(kubeletService, unit.maskedUntilBoot), shell`systemctl enable --now kubelet`],
        ...(unit.maskedUntilBoot === true ? {} : { fix: unmaskingFix }),
      });
    }
    if (unit.enabled) return passed();
    return warned("The kubelet's service is not enabled: it will not start when the machine boots.", {
      commands: [await services.enableCommand(kubeletService)],
      ...((await services.manager()) === "systemd" ? { fix: enabling } : {}),
    });
  },
};

/** By systemctl, which other service managers do not have. */
const enabling: DoctorFix = {
  what: "enable the kubelet's service",
  steps: [{ kind: "enable-service", service: kubeletService }],
};

/** Fewer restarts may be due to a runtime that was not running yet. */
const crashLoopRestarts = 2;

export const kubeletRunning: DoctorCheck = {
  name: "kubelet-running",
  group: "kubelet",
  title: "The kubelet's service runs",
  after: [
    "unfinished-run",
    "clock",
    "swap",
    "cgroups",
    "runtime-answers",
    "runtime-ready",
    "cgroup-driver",
    "kubelet-kubeconfig",
    "cluster-ca",
    "kubelet-certificate",
    "kubelet-installed",
    "kubelet-enabled",
    "kubelet-configuration",
    "kubelet-flags",
    "node-ip",
  ],
  look: async ({ once }) => {
    const unit = await once(kubeletUnit);
    if (unit === undefined) return skipped(noManager);
    if (!unit.exists) return skipped(noService);
    if (unit.state === "unknown") return skipped("the service manager does not report the kubelet's state");
    // Between two exits of a loop the service is active for a moment.
    const isUp = unit.state === "active" && (unit.allRestarts ?? 0) < crashLoopRestarts;
    if (isUp) return passed();
    if (unit.state === "active" && (await once(kubeletHealth)).state !== "silent") return passed();
    const log = await once(kubeletLog);
    return unit.state === "inactive" ? stopped(unit, log) : exiting(unit, log);
  },
};

function stopped({ enabled, masked }: ServiceStatus, log: readonly string[]): CheckOutcome {
  const evidence = log.slice(-3);
  if (masked === true) return failed("The kubelet is not running.", { evidence });
  const start = enabled ? shell`systemctl start kubelet` : shell`systemctl enable --now kubelet`;
  return failed(`The kubelet is not running: its service is stopped${enabled ? "" : ", and does not start at boot"}.`, {
    evidence,
    commands: [start, shell`journalctl -u kubelet -n 50`],
    fix: { what: "start the kubelet", steps: [{ kind: "start-service", service: kubeletService }] },
  });
}

function exiting({ allRestarts = 0, exitStatus }: ServiceStatus, log: readonly string[]): CheckOutcome {
  const said = kubeletCauseLine(log);
  const status = exitStatus === undefined || exitStatus === 0 ? "" : ` with status ${exitStatus}`;
  const often = allRestarts >= crashLoopRestarts ? ` repeatedly (${allRestarts} restarts)` : "";
  const remedy =
    kubeletRemedy(said) ?? "Fix the problem in the kubelet's log; the service then restarts it automatically.";
  return failed(`The kubelet exits${status}${often}: ${said === "" ? "its log says nothing" : lastWords(said)}`, {
    evidence: said === "" ? log.slice(-3) : [said],
    remedy,
    commands: [shell`journalctl -u kubelet -n 50`],
  });
}
