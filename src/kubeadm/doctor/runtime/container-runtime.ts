import { defined } from "../../../values/defined.ts";
import { shell } from "../../../values/shell.ts";
import { socketPath } from "../../config/fields/cri-socket.ts";
import { explainRuntimeFailure, runtimeService } from "../../preflight/explain-runtime-failure.ts";
import { type DoctorCheck, failed, needsRootFor, passed, skipped } from "../check.ts";
import type { Examination } from "../examination.ts";
import { criSocket, runtimeFindings } from "../facts/runtime.ts";
import { unmask } from "../suggested-commands.ts";

export const runtimeAnswers: DoctorCheck = {
  name: "runtime-answers",
  group: "runtime",
  title: "The container runtime responds over CRI v1",
  look: async (examination) => {
    const [socket, { status, imageService }] = await Promise.all([
      examination.once(criSocket),
      examination.once(runtimeFindings),
    ]);
    const error = "error" in status ? status.error : "error" in imageService ? imageService.error : undefined;
    if (error === undefined) return passed(socket);
    if (error.code === "too-large") return skipped(`the response from ${socketPath(socket)} is too large`);
    // gRPC has no word for a socket that the user may not open.
    const isForbidden = error.code === "permission-denied" || /permission denied/.test(error.message);
    if (isForbidden && examination.machine.uid !== 0) return needsRootFor(socketPath(socket));
    const service = runtimeService(socket);
    const stopped = error.code === "unavailable" ? await stoppedService(service, examination) : undefined;
    // Containers outlive the runtime.
    const other = error.code === "timed-out" ? shell`systemctl restart ${service}` : shell`systemctl status ${service}`;
    const remedy = stopped?.remedy ?? (await explainRuntimeFailure(examination, { criSocket: socket, error }));
    const words = {
      unavailable: `The container runtime is not running: nothing responds at ${socketPath(socket)}.`,
      unimplemented: `The program at ${socketPath(socket)} does not offer CRI v1.`,
      "timed-out": `The container runtime at ${socketPath(socket)} does not respond in time.`,
      "not-found": undefined,
      "permission-denied": undefined,
      other: undefined,
    }[error.code];
    return failed(words ?? `The container runtime at ${socketPath(socket)} responded with an error: ${error.message}`, {
      evidence: [error.message, ...(stopped?.evidence ?? [])],
      ...defined({ remedy, fix: stopped?.fix }),
      commands: [...(stopped?.commands ?? [other]), shell`journalctl -u ${service} -n 50`],
    });
  },
};

/** Says how to start the runtime's service, if it is installed and does not run. */
async function stoppedService(service: string, { services, signal }: Examination) {
  if ((await services.manager()) === "none") return undefined;
  const { exists, state, masked, maskedUntilBoot } = await services.status(service, signal);
  if (!exists || state === "active") return undefined;
  const lines = await services.journal(service, { lines: 5, earlierStarts: true, signal });
  const words = masked === true ? "is masked" : `is ${state}`;
  const correction = state === "inactive" ? "Start it" : "Fix the problem in its log, then start it";
  return {
    remedy: `The service ${service} ${words}. ${correction}; the kubelet continues as soon as the runtime responds.`,
    evidence: state === "inactive" ? [] : lines,
    commands: [...(masked === true ? [unmask(service, maskedUntilBoot)] : []), shell`systemctl start ${service}`],
    // A mask that is taken back lasts: one until the next boot cannot be restored.
    fix:
      maskedUntilBoot === true
        ? undefined
        : {
            what: `start the service ${service}`,
            steps: [
              ...(masked === true ? [{ kind: "unmask-service", service } as const] : []),
              { kind: "start-service", service } as const,
            ],
          },
  };
}

export const runtimeReady: DoctorCheck = {
  name: "runtime-ready",
  group: "runtime",
  title: "The container runtime is ready",
  after: ["runtime-answers"],
  look: async ({ once }) => {
    const { status } = await once(runtimeFindings);
    if ("error" in status) return skipped("the container runtime does not respond");
    const unready = status.value.conditions.find((each) => each.type === "RuntimeReady" && !each.status);
    if (unready === undefined) return passed();
    return failed(
      `The container runtime reports that it is not ready: ${unready.reason} ${unready.message}`.trimEnd(),
      {
        remedy: "Fix the problem in the runtime's status or log.",
        commands: [shell`crictl info`],
      },
    );
  },
};
