import { randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { ContainerState, PodSandboxState } from "../cri/cri-messages.ts";
import { type ContainerProcess, type ContainerProgram, MissingFile, ProgramFailure } from "./container-program.ts";
import type { ContainerConfig, PodSandboxConfig } from "./cri/pod-messages.ts";
import { type RootedPath, rootedPath } from "./kubelet/rooted-path.ts";

export interface PodStoreOptions {
  /** File system of the machine, which contains mounts and logs. */
  readonly root: string;
  /** By the first word of a container's command. */
  readonly programs: Readonly<Record<string, ContainerProgram>>;
}

export interface StoredSandbox {
  readonly id: string;
  readonly config: PodSandboxConfig;
  state: PodSandboxState;
}

export interface StoredContainer {
  readonly id: string;
  readonly sandboxId: string;
  readonly config: ContainerConfig;
  readonly createdAt: Date;
  state: ContainerState;
  exitCode: number;
}

interface Running {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** How long a program may take to end before the container counts as killed. */
const stopGraceMs = 2_000;
const killedStatus = 137;

/** The pods of a container runtime, whose containers are functions of this process. */
export class PodStore {
  readonly #options: PodStoreOptions;
  readonly #rooted: RootedPath;
  readonly #sandboxes = new Map<string, StoredSandbox>();
  readonly #containers = new Map<string, StoredContainer>();
  readonly #running = new Map<string, Running>();

  constructor(options: PodStoreOptions) {
    this.#options = options;
    this.#rooted = rootedPath(options.root);
  }

  get sandboxes(): readonly StoredSandbox[] {
    return [...this.#sandboxes.values()];
  }

  containersOf(sandboxId: string): readonly StoredContainer[] {
    return [...this.#containers.values()].filter((container) => container.sandboxId === sandboxId);
  }

  container(id: string): StoredContainer | undefined {
    return this.#containers.get(id);
  }

  runSandbox(config: PodSandboxConfig, id = randomId()): string {
    this.#sandboxes.set(id, { id, config, state: PodSandboxState.SANDBOX_READY });
    return id;
  }

  /** Undefined if there is no such sandbox. */
  createContainer(sandboxId: string, config: ContainerConfig): string | undefined {
    if (!this.#sandboxes.has(sandboxId)) return undefined;
    const id = randomId();
    const state = ContainerState.CONTAINER_CREATED;
    this.#containers.set(id, { id, sandboxId, config, createdAt: new Date(), state, exitCode: 0 });
    return id;
  }

  /** Throws ProgramFailure if the image has no such program. */
  startContainer(container: StoredContainer): void {
    const { command, args, envs } = container.config;
    const argv = [...command, ...args];
    const program = this.#options.programs[argv[0] ?? ""];
    if (program === undefined) {
      throw new ProgramFailure(
        `failed to create containerd task: exec: ${JSON.stringify(argv[0] ?? "")}: executable file not found in $PATH`,
      );
    }
    const stop = new AbortController();
    const log = this.#logOf(container);
    const process: ContainerProcess = {
      argv,
      image: container.config.image?.image ?? "",
      environment: Object.fromEntries(envs.map(({ key, value }) => [key, value])),
      path: (inside) => this.#mounted(container.config, inside),
      log,
      signal: stop.signal,
    };
    container.state = ContainerState.CONTAINER_RUNNING;
    const ended = exitStatus(program, process).then((status) => {
      this.#running.delete(container.id);
      container.state = ContainerState.CONTAINER_EXITED;
      container.exitCode = status;
    });
    this.#running.set(container.id, { stop, ended });
  }

  async stopSandbox(id: string): Promise<void> {
    const sandbox = this.#sandboxes.get(id);
    if (sandbox === undefined) return;
    await Promise.all(this.containersOf(id).map((container) => this.#stop(container)));
    sandbox.state = PodSandboxState.SANDBOX_NOTREADY;
  }

  async removeSandbox(id: string): Promise<void> {
    await this.stopSandbox(id);
    for (const container of this.containersOf(id)) this.#containers.delete(container.id);
    this.#sandboxes.delete(id);
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#sandboxes.keys()].map((id) => this.stopSandbox(id)));
  }

  async stopContainer(id: string): Promise<void> {
    const container = this.container(id);
    if (container !== undefined) await this.#stop(container);
  }

  async #stop(container: StoredContainer): Promise<void> {
    const running = this.#running.get(container.id);
    if (running === undefined) return;
    running.stop.abort();
    const { promise: killed, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, stopGraceMs);
    await Promise.race([running.ended, killed]);
    clearTimeout(timer);
    if (container.state !== ContainerState.CONTAINER_RUNNING) return;
    container.state = ContainerState.CONTAINER_EXITED;
    container.exitCode = killedStatus;
  }

  /** The file behind the longest mount point that contains the path. */
  #mounted({ mounts }: ContainerConfig, inside: string): string {
    const [mount] = mounts
      .filter(({ containerPath }) => inside === containerPath || inside.startsWith(`${containerPath}/`))
      .sort((a, b) => b.containerPath.length - a.containerPath.length);
    if (mount === undefined) throw new MissingFile(inside);
    return this.#rooted(join(mount.hostPath, inside.slice(mount.containerPath.length)));
  }

  /** Lines in containerd's format for the kubelet: time, stream, F for a complete line. */
  #logOf({ sandboxId, config }: StoredContainer): (line: string) => void {
    const directory = this.#sandboxes.get(sandboxId)?.config.logDirectory ?? "";
    if (directory === "" || config.logPath === "") return () => undefined;
    const path = this.#rooted(join(directory, config.logPath));
    mkdirSync(dirname(path), { recursive: true });
    return (line) => appendFileSync(path, `${new Date().toISOString().replace("Z", "000000Z")} stderr F ${line}\n`);
  }
}

async function exitStatus(program: ContainerProgram, process: ContainerProcess): Promise<number> {
  try {
    return await program(process);
  } catch (error) {
    if (process.signal.aborted) return 0;
    process.log(error instanceof Error ? error.message : String(error));
    if (!(error instanceof ProgramFailure || error instanceof MissingFile)) throw error;
    return 1;
  }
}

function randomId(): string {
  return randomBytes(32).toString("hex");
}
