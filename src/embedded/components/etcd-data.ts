import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ProgramFailure } from "../container-program.ts";
import type { EtcdCluster } from "./etcd-cluster.ts";

/** What a member's data directory contains besides the objects. */
export interface DataRecord {
  readonly clusterId: string;
  readonly memberId: string;
  /** The cluster version: only members of this minor version or a later one can read the data. */
  readonly clusterVersion: string;
  /** The revision of the last change that the member has written. */
  readonly revision: number;
}

/**
 * The data directory of an etcd member. The members of a cluster share the objects in memory; the directory has the
 * objects as of the member's start and, once it has stopped, as of its end. A copy that was made while the member ran
 * is therefore one of an older state.
 */
export class EtcdData {
  readonly #directory: string;
  readonly #path: string;

  /** `directory` is the path on this machine, `path` that in the container. */
  constructor(directory: string, path: string) {
    this.#directory = directory;
    this.#path = path;
  }

  /** Undefined if the directory is empty. */
  read(): DataRecord | undefined {
    if (!existsSync(this.#inside(recordFile))) return undefined;
    return JSON.parse(this.#text(recordFile)) as DataRecord;
  }

  /** Throws ProgramFailure if the objects are missing. */
  readObjects(): string {
    return this.#text(objectsFile);
  }

  write(cluster: EtcdCluster, memberId: string): void {
    const { id: clusterId, clusterVersion, storage } = cluster;
    const record: DataRecord = { clusterId, memberId, clusterVersion, revision: storage.revision };
    mkdirSync(this.#inside("member/snap"), { recursive: true, mode: 0o700 });
    writeFileSync(this.#inside(recordFile), JSON.stringify(record), { mode: 0o600 });
    writeFileSync(this.#inside(objectsFile), storage.save(), { mode: 0o600 });
  }

  /** Writes the end of a run, unless the directory has been removed. */
  writeEnd(cluster: EtcdCluster, memberId: string): void {
    if (existsSync(this.#inside(recordFile))) this.write(cluster, memberId);
  }

  #inside(file: string): string {
    return join(this.#directory, file);
  }

  #text(file: string): string {
    try {
      return readFileSync(this.#inside(file), "utf8");
    } catch (error) {
      throw new ProgramFailure(
        `failed to open database: open ${join(this.#path, file)}: no such file or directory`,
        error,
      );
    }
  }
}

const recordFile = "member/membership.json";
const objectsFile = "member/snap/db";
