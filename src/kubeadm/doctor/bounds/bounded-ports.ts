import {
  type CallOptions,
  type ConnectContainerRuntime,
  type ContainerRuntime,
  ContainerRuntimeError,
} from "../../../cri/container-runtime.ts";
import { CommandError, type Commands, type Host } from "../../../host/host.ts";
import type { Services } from "../../../host/service-manager.ts";
import { boundedFiles } from "./bounded-files.ts";
import { binarySize, type Limits } from "./limits.ts";

/** Two hundred lines of a kubelet have some ten thousand. */
const mostJournalBytes = 64 * 1024;
/** A runtime answers with some hundred bytes for a Pod, and with some ten thousand about its configuration. */
const mostAnswerBytes = 2 * 1024 ** 2;
/** Some thousand rules of a packet filter. */
const mostOutputBytes = 256 * 1024;

/** A host of which only so much is read that an examination ends in time, and that tells of all that is not read. */
export function boundedHost(host: Host, limits: Limits): Host {
  return {
    ...host,
    files: boundedFiles(host.files, limits),
    services: boundedServices(host.services, limits),
    commands: boundedCommands(host.commands, limits),
  };
}

function boundedServices(services: Services, limits: Limits): Services {
  return {
    ...services,
    journal: async (service, options) => {
      const lines = await services.journal(service, options);
      const kept = lastWithin(lines, mostJournalBytes);
      if (kept === lines) return lines;
      limits.note(`Read only the last ${binarySize(mostJournalBytes)} of the journal of ${service}.`);
      return kept;
    },
  };
}

/** Returns the last lines that have no more bytes together; of the last one, only its end may be left. */
function lastWithin(lines: readonly string[], bytes: number): readonly string[] {
  let left = bytes;
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    left -= (lines[at] ?? "").length + 1;
    if (left < 0) return at === lines.length - 1 ? [(lines[at] ?? "").slice(-bytes)] : lines.slice(at + 1);
  }
  return lines;
}

function boundedCommands(commands: Commands, limits: Limits): Commands {
  return {
    ...commands,
    run: async (argv, options) => {
      const result = await commands.run(argv, options);
      if (result.stdout.length <= mostOutputBytes) return result;
      // A part of the rules of a packet filter means something else than all of them.
      limits.note(`Did not read the output of ${argv.join(" ")}, which is larger than ${binarySize(mostOutputBytes)}.`);
      throw new CommandError("other", argv[0], `${argv[0]} prints too much`);
    },
  };
}

/** Clients of container runtimes that read only answers of a usual size. */
export function boundedRuntimes(connect: ConnectContainerRuntime, limits: Limits): ConnectContainerRuntime {
  return (endpoint, options) => boundedRuntime(connect(endpoint, options), limits);
}

function boundedRuntime(runtime: ContainerRuntime, limits: Limits): ContainerRuntime {
  const bounded = async <O extends CallOptions, T>(options: O, call: (options: O) => Promise<T>): Promise<T> => {
    try {
      return await call({ ...options, maxAnswerBytes: mostAnswerBytes });
    } catch (error) {
      if (error instanceof ContainerRuntimeError && error.code === "too-large") {
        const size = binarySize(mostAnswerBytes);
        limits.note(`Did not read a response from the container runtime that is larger than ${size}.`);
      }
      throw error;
    }
  };
  return {
    ...runtime,
    status: (options) => bounded(options, (each) => runtime.status(each)),
    podSandboxes: (options) => bounded(options, (each) => runtime.podSandboxes(each)),
    containers: (id, options) => bounded(options, (each) => runtime.containers(id, each)),
    containerEnd: (id, options) => bounded(options, (each) => runtime.containerEnd(id, each)),
    containerLogPath: (id, options) => bounded(options, (each) => runtime.containerLogPath(id, each)),
    hasImage: (image, options) => bounded(options, (each) => runtime.hasImage(image, each)),
  };
}
