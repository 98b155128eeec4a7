// What init writes for the kubelet, against what upstream's 1.37.2 wrote.
import { readFileSync } from "node:fs";
import { afterEach, expect, it } from "vitest";
import { kubeletStart } from "../../src/phases/init/kubelet-start.ts";
import { kubeletClientPair } from "../fixtures/kubeadm/bootstrap/client-certificate.ts";
import { testAuthority } from "../fixtures/pki/authority.ts";
import { type Initializing, type InitSetting, initOptions, startInit } from "../support/init/cluster-phases.ts";

let open: Initializing | undefined;
afterEach(() => open?.controlPlane.close());

async function start(setting: InitSetting = {}): Promise<Initializing> {
  open = await startInit({ hostname: "cp3", ...setting });
  return open;
}

const golden = (name: string) => readFileSync(new URL(`init/kubelet/${name}`, import.meta.url), "utf8");
const names = ["kubeadm-flags.env", "instance-config.yaml", "config.yaml"];
const recorded = { cgroupDriver: "cgroupfs", failCgroupV1: false, failSwapOn: false };

function named(name: string): NonNullable<InitSetting["options"]> {
  const { configuration } = initOptions({});
  return { configuration: { ...configuration, nodeRegistration: { ...configuration.nodeRegistration, name } } };
}

it("writes the files that upstream's wrote, in its order, with the kubelet stopped", async () => {
  const init = await start({ kubelet: recorded, options: named("cp3") });
  await init.run(kubeletStart);
  for (const name of names) {
    expect(await init.host.files.readText(`/var/lib/kubelet/${name}`), name).toBe(golden(name));
    expect((await init.host.files.status(`/var/lib/kubelet/${name}`))?.mode, name).toBe(0o644);
  }
  expect((await init.host.files.status("/var/lib/kubelet"))?.mode).toBe(0o700);
  expect(init.told.flatMap((event) => ("path" in event ? [event.path] : []))).toEqual(
    names.map((name) => `/var/lib/kubelet/${name}`),
  );
  expect(init.host.services.actions.map(({ action }) => action)).toEqual(["stop", "restart"]);
});

it("passes the kubelet a name that is not the machine's, and no taints: the API server gets those", async () => {
  const init = await start({ options: named("first") });
  await init.run(kubeletStart);
  expect(await init.host.files.readText("/var/lib/kubelet/kubeadm-flags.env")).toBe(
    'KUBELET_KUBEADM_ARGS="--hostname-override=first"\n',
  );
});

it("names the resolver of the machine on the machine alone", async () => {
  const init = await start({ services: { "systemd-resolved": { state: "active" } } });
  await init.run(kubeletStart);
  const text = await init.host.files.readText("/var/lib/kubelet/config.yaml");
  expect(text).toContain("resolvConf: /run/systemd/resolve/resolv.conf\n");
  expect(initOptions({}).components.kubelet).not.toHaveProperty("resolvConf");
});

it("restores what was there, and starts the kubelet again, where a file cannot be written", async () => {
  const init = await start({ files: { "/var/lib/kubelet/kubeadm-flags.env": "old\n" } });
  init.host.files.fail("/var/lib/kubelet/config.yaml", "ENOSPC");
  await expect(init.run(kubeletStart)).rejects.toThrow("no space left on device");
  expect(await init.host.files.readText("/var/lib/kubelet/kubeadm-flags.env")).toBe("old\n");
  expect(await init.host.files.status("/var/lib/kubelet/instance-config.yaml")).toBeUndefined();
  expect(init.host.services.actions.map(({ action }) => action)).toEqual(["stop", "start"]);
});

it("takes another cluster's client certificate out of the kubelet's way, which would use it before that of kubelet.conf", async () => {
  const current = "/var/lib/kubelet/pki/kubelet-client-current.pem";
  const ca = await testAuthority("kubernetes");
  const foreign = await kubeletClientPair({ nodeName: "cp3" });
  const own = await kubeletClientPair({ nodeName: "cp3", ca });
  const left = async (content: string) => {
    const files = { [current]: content, "/etc/kubernetes/pki/ca.crt": ca.certificatePem };
    const init = await start({ files, options: named("cp3") });
    await init.run(kubeletStart);
    const warned = init.told.some((event) => event.type === "warning" && event.message.includes("CN=last-year"));
    return { warned, isThere: (await init.host.files.status(current)) !== undefined };
  };
  expect(await left(foreign)).toEqual({ warned: true, isThere: false });
  await open?.controlPlane.close();
  expect(await left(own)).toEqual({ warned: false, isThere: true });
});

it("touches no service in a dry run", async () => {
  const init = await start({ options: { dryRun: true } });
  await init.run(kubeletStart);
  expect(init.host.services.actions).toEqual([]);
});
