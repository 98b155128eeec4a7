// A process in the network of a stage that serves what a case needs in addition to the program: API server, container runtime.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { storeMissing } from "../../../src/embedded/control-plane/bootstrap/store-objects.ts";
import {
  type ControlPlane,
  resources,
  type StoredObject,
  startControlPlane,
} from "../../../src/embedded/control-plane/index.ts";
import { criSocketPath, type RunningContainerRuntime, startContainerRuntime } from "../../../src/embedded/index.ts";
import { defined } from "../../../src/values/defined.ts";
import type { ApiServerSettings, WorldSettings } from "../case.ts";
import type { WorldAnswer, WorldCommand, WorldNames, WorldRecord } from "./messages.ts";

const host = "192.0.2.20";
/** Not 6443, which an API server of the machine itself would have. */
const port = 16443;
export const certificateKey = "0123456789abcdef".repeat(4);
export const token = "abcdef.0123456789abcdef";

interface RunningWorld {
  readonly names: WorldNames;
  stop(): Promise<WorldRecord>;
}

let running: RunningWorld | undefined;

process.on("message", (command: WorldCommand) => {
  const answer = (message: WorldAnswer) => process.send?.(message);
  carryOut(command).then(answer, (error: unknown) => answer({ failure: String(error) }));
});
process.on("disconnect", () => process.exit(0));

async function carryOut(command: WorldCommand): Promise<WorldAnswer> {
  if (command.do === "start") {
    running = await startWorld(command.settings, command.root);
    return { names: running.names };
  }
  const record = await running?.stop();
  running = undefined;
  return record === undefined ? { failure: "there is no world to stop" } : { record };
}

async function startWorld({ apiServer, containerRuntime }: WorldSettings, root: string): Promise<RunningWorld> {
  const controlPlane = apiServer === undefined ? undefined : await serveApi(apiServer);
  const before = controlPlane === undefined ? new Map<string, string>() : objectsOf(controlPlane);
  const runtime = containerRuntime === undefined ? undefined : await serveRuntime(containerRuntime, root);
  return {
    names: controlPlane === undefined ? {} : await namesOf(controlPlane),
    stop: async () => {
      const requests = controlPlane?.requests.all.map(({ method, path, code }) => `${method} ${path} ${code}`) ?? [];
      const changes = controlPlane === undefined ? {} : changesSince(before, objectsOf(controlPlane));
      await controlPlane?.close();
      await runtime?.stop();
      return { requests, changes, runtimeCalls: runtime?.calls ?? [] };
    },
  };
}

async function serveApi(settings: ApiServerSettings): Promise<ControlPlane> {
  const controlPlane = await startControlPlane({
    host,
    port,
    encryptionAlgorithm: settings.encryptionAlgorithm ?? "ECDSA-P256",
    podSubnet: "10.244.0.0/16",
    ...defined({ version: settings.version }),
  });
  await controlPlane.createToken({ token });
  for (const { usages, ...rest } of settings.tokens ?? []) {
    const known = usages as readonly ("authentication" | "signing")[] | undefined;
    await controlPlane.createToken({ ...rest, ...defined({ usages: known }) });
  }
  if (settings.uploadedCertificates === true) await controlPlane.uploadCertificates({ certificateKey });
  const given = (settings.objects ?? []) as readonly StoredObject[];
  for (const { kind, metadata } of given) remove(controlPlane, `${kind.toLowerCase()}s`, metadata);
  storeMissing(controlPlane.storage, given);
  for (const text of settings.missing ?? []) {
    const [resource = "", path = ""] = text.split(" ");
    const [name = "", namespace] = path.split("/").toReversed();
    remove(controlPlane, resource, { name, namespace });
  }
  // What the controllers do when they start is none of the programs' work.
  await new Promise((done) => setTimeout(done, 20));
  for (const { match, code } of settings.faults ?? []) {
    const known = code as 401 | 403 | 404 | 409 | 429 | 500 | 503 | 504;
    controlPlane.faults.add({ match, action: { kind: "status", code: known } });
  }
  return controlPlane;
}

function remove({ storage }: ControlPlane, name: string, key: { name: string; namespace?: string | undefined }): void {
  const resource = Object.values(resources).find((candidate) => candidate.resource === name);
  if (resource !== undefined && storage.get(resource, key) !== undefined) storage.delete(resource, key);
}

function serveRuntime(
  script: NonNullable<WorldSettings["containerRuntime"]>,
  root: string,
): Promise<RunningContainerRuntime> {
  const socket = join(root, criSocketPath);
  mkdirSync(dirname(socket), { recursive: true });
  return startContainerRuntime(socket, script);
}

async function namesOf(controlPlane: ControlPlane): Promise<WorldNames> {
  const discovery = await controlPlane.createKubeconfig({ commonName: "nobody" });
  const kubelet = await controlPlane.createKubeconfig({
    commonName: "system:node:node-1",
    organizations: ["system:nodes"],
  });
  return {
    "<endpoint>": controlPlane.endpoint,
    "<pin>": controlPlane.caPin,
    "<token>": token,
    "<certificate-key>": certificateKey,
    "<ca.crt>": controlPlane.caCertificatePem,
    "<admin.conf>": controlPlane.adminKubeconfig,
    "<discovery.conf>": discovery,
    "<kubelet.conf>": kubelet,
  };
}

/** Every object as text, without what the server alone decides. */
function objectsOf({ storage }: ControlPlane): Map<string, string> {
  const all = Object.values(resources).flatMap((resource) => storage.list(resource));
  return new Map(
    all.map((object) => {
      const { uid: _uid, resourceVersion: _version, creationTimestamp: _time, ...rest } = object.metadata;
      const { managedFields: _fields, ...metadata } = rest as Record<string, unknown>;
      const { name, namespace } = object.metadata;
      const key = `${object.kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
      return [key, JSON.stringify(withoutSignatures({ ...object, metadata }))];
    }),
  );
}

/** Signatures in cluster-info come by a controller, sooner or later. */
function withoutSignatures(object: Record<string, unknown>): Record<string, unknown> {
  const { data } = object;
  if (typeof data !== "object" || data === null) return object;
  const kept = Object.entries(data).filter(([key]) => !key.startsWith("jws-kubeconfig-"));
  return { ...object, data: Object.fromEntries(kept) };
}

function changesSince(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  for (const [key, text] of after) if (before.get(key) !== text) changes[key] = JSON.parse(text);
  for (const key of before.keys()) if (!after.has(key)) changes[key] = null;
  return changes;
}
