import { allEnded } from "../async/all-ended.ts";
import { started } from "../async/started.ts";
import { withContext } from "../errors/kubeadm-error.ts";
import { type Events, holdEvents } from "../events/events.ts";
import { goQuote } from "../go/quote.ts";
import { toJson } from "../go/yaml/node.ts";
import { readYaml } from "../go/yaml/read-yaml.ts";
import { isMissing } from "../host/file-error.ts";
import type { Files } from "../host/host.ts";
import type { Services } from "../host/service-manager.ts";
import { inContext } from "../kubeadm/file-failure.ts";
import { type KubeletConfiguration, writeKubeletConfiguration } from "../kubeadm/kubelet/kubelet-configuration.ts";
import { makeKubeletDirectory } from "../kubeadm/kubelet/kubelet-directory.ts";
import { type KubeletEnvironmentOptions, kubeletEnvironment } from "../kubeadm/kubelet/kubelet-environment.ts";
import { type ResolverState, readResolverState, withNodeResolver } from "../kubeadm/kubelet/resolver.ts";
import { applyPatches } from "../kubeadm/patches/apply-patches.ts";
import type { Patches } from "../kubeadm/patches/read-patches.ts";
import {
  kubeletConfigurationPath,
  kubeletEnvironmentPath,
  kubeletInstanceConfigurationPath,
} from "../kubeadm/paths.ts";

const fileMode = 0o644;

export interface KubeletFilePorts {
  readonly files: Files;
  readonly services: Services;
  readonly events: Events;
  readonly signal: AbortSignal;
}

/** Writes kubeadm-flags.env. */
export async function writeKubeletEnvironment(
  options: KubeletEnvironmentOptions,
  { files, events }: Pick<KubeletFilePorts, "files" | "events">,
): Promise<void> {
  await makeKubeletDirectory(files);
  events.emit("kubelet.environment.writing", { path: kubeletEnvironmentPath });
  await inContext(`failed to write kubelet configuration to the file ${goQuote(kubeletEnvironmentPath)}`, async () => {
    await files.write(kubeletEnvironmentPath, kubeletEnvironment(options), { mode: fileMode });
  });
}

export interface KubeletConfigurationOptions {
  /** The cluster's kubelet configuration, with kubeadm's defaults. */
  readonly configuration: KubeletConfiguration;
  /** Undefined if the cluster keeps the socket in the kubelet's flags (clusters up to 1.36 could). */
  readonly criSocket?: string;
  /** The content of an instance-config.yaml that stays as it is. */
  readonly keptInstance?: string;
  readonly patches: () => Promise<Patches>;
  /** The state of the resolver of this machine, if it is known already. */
  readonly resolver?: () => Promise<ResolverState>;
}

/** Writes instance-config.yaml and config.yaml, with upstream's output. Returns the content of config.yaml. */
export async function writeKubeletConfigurationFiles(
  options: KubeletConfigurationOptions,
  ports: KubeletFilePorts,
): Promise<KubeletConfiguration> {
  const { files, events } = ports;
  await makeKubeletDirectory(files);
  const { criSocket, keptInstance } = options;
  const own = criSocket === undefined || keptInstance !== undefined ? undefined : instanceConfiguration(criSocket);
  if (own !== undefined) events.emit("kubelet.configuration.writing", { path: kubeletInstanceConfigurationPath });
  // In parallel, so that both share what they wait for; what is said of the second file follows the first one.
  const later = holdEvents(events);
  const instance = started(own === undefined ? done : writeConfiguration(kubeletInstanceConfigurationPath, own, files));
  const [, written] = await allEnded([
    instance.then(() => later.release()),
    writeOwnConfiguration(options, keptInstance ?? own, { ...ports, events: later }),
  ]);
  return written;
}

const done = Promise.resolve();

/** Returns instance-config.yaml; undefined if there is none. A symlink to nothing does not count, as for Go's `os.Stat`. */
export async function readInstanceConfiguration(files: Pick<Files, "readText">): Promise<string | undefined> {
  try {
    return await files.readText(kubeletInstanceConfigurationPath);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return undefined;
  }
}

/** Writes config.yaml: the cluster's configuration, changed by patches and by `instance`, the content of instance-config.yaml. */
async function writeOwnConfiguration(
  options: KubeletConfigurationOptions,
  instance: string | undefined,
  ports: KubeletFilePorts,
): Promise<KubeletConfiguration> {
  const { files, events } = ports;
  const configuration = await ofThisNode(options, ports);
  const written = instance === undefined ? configuration : ofThisInstance(configuration, instance, events);
  events.emit("kubelet.configuration.writing", { path: kubeletConfigurationPath });
  await writeConfiguration(kubeletConfigurationPath, writeKubeletConfiguration(written), files);
  return written;
}

function writeConfiguration(path: string, text: string, files: Pick<Files, "write">): Promise<void> {
  return inContext(`failed to write kubelet configuration file ${goQuote(path)}`, async () => {
    await files.write(path, text, { mode: fileMode });
  });
}

async function ofThisNode(
  options: KubeletConfigurationOptions,
  ports: KubeletFilePorts,
): Promise<KubeletConfiguration> {
  const { configuration, resolver = () => readResolverState(ports.services, ports.signal) } = options;
  const resolved = withNodeResolver(configuration, await resolver(), ports.events);
  try {
    return applyPatches("kubeletconfiguration", resolved, await options.patches(), ports);
  } catch (error) {
    throw withContext(error, "could not apply patches to the KubeletConfiguration");
  }
}

/** Applies instance-config.yaml, to which an administrator may have added fields. */
function ofThisInstance(configuration: KubeletConfiguration, instance: string, events: Events): KubeletConfiguration {
  const path = kubeletInstanceConfigurationPath;
  const content = toJson(readYaml(instance));
  // A file without content is no patch.
  const patches: Patches =
    content === null ? [] : [{ target: "kubeletconfiguration", kind: "strategic", path, content }];
  try {
    return applyPatches("kubeletconfiguration", configuration, patches, { events });
  } catch (error) {
    throw withContext(error, `could not apply kubelet instance configuration as a patch from ${goQuote(path)}`);
  }
}

/**
 * Returns instance-config.yaml: the settings of this machine alone, which override the cluster's kubelet configuration.
 */
export function instanceConfiguration(criSocket: string): string {
  return `containerRuntimeEndpoint: ${goQuote(criSocket)}\n`;
}
