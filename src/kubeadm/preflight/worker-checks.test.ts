import { describe, expect, it } from "vitest";
import { type MemoryRuntime, memoryContainerRuntimes, memoryRuntime } from "../../../test/fixtures/cri/memory.ts";
import { containerd, machine, nodeCheckNames, told } from "../../../test/fixtures/kubeadm/preflight/preflight.ts";
import { ContainerRuntimeError } from "../../cri/container-runtime.ts";
import { type CommandCall, hangingProgram } from "../../host/memory/commands.ts";
import type { MemorySeed } from "../../host/memory.ts";
import { kubeletNotNewerThanCluster, readKubeletVersion } from "./kubelet-version.ts";
import { type JoinToCheck, workerChecks } from "./worker-checks.ts";

const join: JoinToCheck = {
  nodeName: "node-1",
  criSocket: containerd,
  caCertPath: "/etc/kubernetes/pki/ca.crt",
  discoveryEndpoint: "10.0.0.1:6443",
  kubeadmVersion: "v1.37.2",
};

function linesOf(seed: MemorySeed, more: Partial<JoinToCheck> = {}): Promise<readonly string[]> {
  return told(workerChecks({ ...join, ...more }), machine(seed)).then(({ lines }) => lines);
}

function withRuntime(state: Partial<MemoryRuntime>, seed: MemorySeed = {}) {
  return told(workerChecks(join), machine(seed, memoryContainerRuntimes({ [containerd]: memoryRuntime(state) })));
}

describe("the checks of a joining node", () => {
  it("are upstream's, in upstream's order, and a good machine passes them all", async () => {
    const { events, lines, failure } = await told(workerChecks(join), machine());
    expect(lines).toEqual([]);
    expect(failure).toBeUndefined();
    expect(events.map((event) => (event.type === "check.passed" ? event.check : event.type))).toEqual([
      "FileAvailable--etc-kubernetes-kubelet.conf",
      "FileAvailable--etc-kubernetes-bootstrap-kubelet.conf",
      ...nodeCheckNames,
      "FileAvailable--etc-kubernetes-pki-ca.crt",
      "HTTPProxy",
      "FileContent--proc-sys-net-ipv4-ip_forward",
    ]);
  });

  it.each<[what: string, more: Partial<JoinToCheck>, expected: string[]]>([
    [
      "an IPv6 endpoint",
      { discoveryEndpoint: "[fd00::1]:6443" },
      ["HTTPProxy", "FileContent--proc-sys-net-ipv6-conf-default-forwarding"],
    ],
    ["an endpoint by name", { discoveryEndpoint: "api.example:6443" }, ["HTTPProxy"]],
    ["a malformed endpoint", { discoveryEndpoint: "api.example" }, []],
  ])("depend on the form of the endpoint: %s", (_, more, expected) => {
    const names = workerChecks({ ...join, ...more }).map(({ name }) => name);
    expect(names.slice(names.indexOf("FileAvailable--etc-kubernetes-pki-ca.crt") + 1)).toEqual(expected);
  });

  it("look at no CA file and no endpoint where there is none", () => {
    const { nodeName, criSocket, kubeadmVersion } = join;
    const names = workerChecks({ nodeName, criSocket, kubeadmVersion }).map(({ name }) => name);
    const ofFile = "FileAvailable--etc-kubernetes-pki-ca.crt";
    expect(names.filter((name) => name === ofFile || /^(HTTPProxy|FileContent-)/.test(name))).toEqual([]);
    expect(names).toContain("Port-10250");
  });

  it.each<[what: string, seed: MemorySeed, expected: string[]]>([
    [
      "files of an earlier join",
      { files: { "/etc/kubernetes/kubelet.conf": "", "/etc/kubernetes/pki/ca.crt": "" } },
      [
        "ERROR FileAvailable--etc-kubernetes-kubelet.conf: /etc/kubernetes/kubelet.conf already exists",
        "ERROR FileAvailable--etc-kubernetes-pki-ca.crt: /etc/kubernetes/pki/ca.crt already exists",
      ],
    ],
    [
      "swap",
      { files: { "/proc/swaps": "Filename Type\n/dev/sda2 partition 1 0 -2\n" } },
      [
        "WARNING Swap: swap is supported for cgroup v2 only. The kubelet must be properly configured to use swap. Please " +
          "refer to https://kubernetes.io/docs/concepts/architecture/nodes/#swap-memory, or disable swap on the node",
      ],
    ],
    [
      "a name that does not resolve",
      { network: { names: {} } },
      [
        'WARNING Hostname: hostname "node-1" could not be reached',
        'WARNING Hostname: hostname "node-1": lookup node-1: no such host',
      ],
    ],
    [
      "an old kubelet",
      { commands: { kubelet: { stdout: "Kubernetes v1.33.9\n" } } },
      ['ERROR KubeletVersion: Kubelet version "1.33.9" is lower than kubeadm can support. Please upgrade kubelet'],
    ],
    [
      "a kubelet that talks differently",
      { commands: { kubelet: { stdout: "hello\n" } } },
      [
        'ERROR SystemVerification: couldn\'t get kubelet version: Unable to parse output from Kubelet: "hello"',
        'ERROR KubeletVersion: couldn\'t get kubelet version: Unable to parse output from Kubelet: "hello"',
      ],
    ],
    [
      "a kubelet that fails",
      { commands: { kubelet: { exitCode: 1 } } },
      [
        "ERROR SystemVerification: couldn't get kubelet version: cannot execute 'kubelet --version': exit status 1",
        "ERROR KubeletVersion: couldn't get kubelet version: cannot execute 'kubelet --version': exit status 1",
      ],
    ],
    [
      "no kubelet service",
      { services: { kubelet: { exists: false } } },
      ["WARNING Service-kubelet: kubelet service does not exist"],
    ],
    [
      "a kubelet service that is not started at boot",
      { services: { kubelet: { enabled: false } } },
      ["WARNING Service-kubelet: kubelet service is not enabled, please run 'systemctl enable kubelet.service'"],
    ],
    [
      "no service manager",
      { manager: "none" },
      ["WARNING Service-kubelet: no supported init system detected, skipping checking for services"],
    ],
    ["a port in use", { network: { portsInUse: [10250] } }, ["ERROR Port-10250: Port 10250 is in use"]],
    [
      "a proxy in the way",
      { machine: { environment: { HTTPS_PROXY: "http://u:p@proxy:3128" } } },
      [
        'WARNING HTTPProxy: Connection to "https://10.0.0.1" uses proxy "http://u:xxxxx@proxy:3128". If that is not intended, ' +
          "adjust your proxy settings",
      ],
    ],
    [
      "no forwarding",
      { files: { "/proc/sys/net/ipv4/ip_forward": "0\n" } },
      ["ERROR FileContent--proc-sys-net-ipv4-ip_forward: /proc/sys/net/ipv4/ip_forward contents are not set to 1"],
    ],
  ])("tell in upstream's words of %s", async (_, seed, expected) => {
    expect(await linesOf(seed)).toEqual(expected);
  });

  const bridge = "/proc/sys/net/bridge/bridge-nf-call-iptables";
  it.each<[which: string, files: Record<string, string>, also: boolean]>([
    ["that is missing, as its module is not loaded", {}, true],
    ["that is off", { [bridge]: "0\n" }, true],
    ["that is on, without a word of it", { [bridge]: "1\n" }, false],
  ])("say how forwarding is set permanently, and of the setting for bridges %s", async (_, files, also) => {
    const { events } = await told(
      workerChecks(join),
      machine({ files: { "/proc/sys/net/ipv4/ip_forward": "0\n", ...files } }),
    );
    const findings = events.flatMap((event) => (event.type === "preflight.failed" ? event.findings : []));
    expect(findings).toHaveLength(1);
    const { remedy } = findings[0] ?? {};
    expect(remedy).toContain("'net.ipv4.ip_forward = 1' in /etc/sysctl.d/99-kubernetes.conf");
    for (const words of ["modprobe br_netfilter", "/etc/modules-load.d/kubernetes.conf", "bridge-nf-call-iptables"]) {
      expect(remedy?.includes(words)).toBe(also);
    }
  });

  it("report a program that is missing from PATH", async () => {
    const bare = machine();
    bare.host.commands.uninstall("losetup");
    const { lines } = await told(workerChecks(join), bare);
    expect(lines).toEqual(["ERROR FileExisting-losetup: losetup not found in system path"]);
  });

  it("warn of a name that is no qualified name", async () => {
    const lines = await linesOf({ network: { names: { "node-": ["10.0.0.1"] } } }, { nodeName: "node-" });
    expect(lines).toEqual([
      "WARNING Hostname: invalid node name format \"node-\": name part must consist of alphanumeric characters, '-', '_' or " +
        "'.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used " +
        "for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ]);
  });

  it("start the kubelet once, whatever needs its version", async () => {
    const calls: string[] = [];
    const kubelet = ({ argv }: CommandCall) => {
      calls.push(argv.join(" "));
      return { stdout: "Kubernetes v1.37.2\n" };
    };
    await linesOf({ commands: { kubelet } });
    expect(calls).toEqual(["kubelet --version"]);
  });

  it("say with what an earlier join left how old it is and how to get rid of it, once", async () => {
    const used = machine();
    for (const path of ["/etc/kubernetes/bootstrap-kubelet.conf", "/etc/kubernetes/pki/ca.crt"])
      used.host.files.put(path, "");
    await used.host.clock.advance(3 * 60_000);
    const { events } = await told(workerChecks(join), used);
    const findings = events.flatMap((event) => (event.type === "preflight.failed" ? event.findings : []));
    expect(findings.map(({ remedy }) => remedy)).toEqual([
      "Left by an earlier init or join: /etc/kubernetes/bootstrap-kubelet.conf (3m old), /etc/kubernetes/pki/ca.crt (3m old). " +
        "If this machine belongs to a cluster, `kubeadm doctor` shows its state. " +
        "Only if this machine should leave that cluster: run 'kubeadm reset' first. This loses its data from that cluster.",
      undefined,
    ]);
  });

  it.each(["/etc/kubernetes/manifests/etcd.yaml", "/var/lib/etcd/member/snap/db"])(
    "never advise to reset a machine with %s",
    async (path) => {
      const used = machine({ network: { portsInUse: [10250] }, services: { kubelet: { state: "active" } } });
      for (const each of [path, "/etc/kubernetes/bootstrap-kubelet.conf"]) used.host.files.put(each, "");
      const { events } = await told(workerChecks(join), used);
      expect(JSON.stringify(events)).toContain("It may hold etcd's only data");
      expect(JSON.stringify(events)).not.toContain("kubeadm reset");
    },
  );

  it("say that the kubelet runs when its port is taken", async () => {
    const { events } = await told(
      workerChecks(join),
      machine({ network: { portsInUse: [10250] }, services: { kubelet: { state: "active" } } }),
    );
    expect(JSON.stringify(events)).toContain("The kubelet service of this machine is already running.");
  });

  it("end a kubelet that does not respond when the run is canceled", async () => {
    const { ports } = machine({ commands: { kubelet: hangingProgram } });
    const controller = new AbortController();
    const running = workerChecks(join)
      .find(({ name }) => name === "KubeletVersion")
      ?.run(ports, controller.signal);
    controller.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
  });
});

describe("the check of the kubelet against the cluster that it joins", () => {
  const check = (kubelet: string, cluster: string) =>
    told(
      [kubeletNotNewerThanCluster(readKubeletVersion(), cluster)],
      machine({ commands: { kubelet: { stdout: `${kubelet}\n` } } }),
    );

  it.each([
    ["of the same minor version", "Kubernetes v1.36.9", "v1.36.3"],
    ["of an older one", "Kubernetes v1.34.4", "v1.37.2"],
    ["whose version is unknown, which another check reports", "hello", "v1.37.2"],
  ])("passes a kubelet %s", async (_what, kubelet, cluster) => {
    expect((await check(kubelet, cluster)).lines).toEqual([]);
  });

  it("refuses a kubelet that is newer, and says which one to install", async () => {
    const { events, lines } = await check("Kubernetes v1.37.2", "v1.36.3");
    expect(lines).toEqual([
      'ERROR KubeletVersion: the kubelet version is higher than the control plane version. This is not a supported version skew and may lead to a malfunctional cluster. Kubelet version: "1.37.2" Control plane version: "1.36.3"',
    ]);
    expect(JSON.stringify(events)).toContain("Install a kubelet of 1.36, or upgrade the cluster to 1.37 first");
  });
});

describe("the checks of the container runtime", () => {
  const unavailable = "validate service connection: validate CRI v1 runtime API for endpoint";

  it("both report a missing runtime, the second as a consequence of the first", async () => {
    const { events, lines } = await told(workerChecks(join), machine({}, memoryContainerRuntimes({})));
    const message =
      `could not connect to the container runtime: failed to create new CRI runtime service: ${unavailable} ` +
      `"${containerd}": rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial ` +
      'unix /var/run/containerd/containerd.sock: connect: no such file or directory"';
    expect(lines).toEqual([`ERROR CRI: ${message}`, `ERROR ContainerRuntimeVersion: ${message}`]);
    const [first, second] = events.flatMap((event) => (event.type === "preflight.failed" ? event.findings : []));
    expect(first?.remedy).toMatch(/Install and start a container runtime/);
    expect(second?.remedy).toBe("Caused by [ERROR CRI] above.");
  });

  it("name another runtime's socket that is there", async () => {
    const other = machine({ files: { "/var/run/crio/crio.sock": { kind: "socket" } } }, memoryContainerRuntimes({}));
    const { events } = await told(workerChecks(join), other);
    expect(JSON.stringify(events)).toContain("but unix:///var/run/crio/crio.sock does: select it with --cri-socket.");
  });

  const noCri = new ContainerRuntimeError(
    "unimplemented",
    "rpc error: code = Unimplemented desc = unknown service runtime.v1.RuntimeService",
  );

  it.each<[what: string, toml: string, expected: string]>([
    [
      "as Debian's package has it",
      'version = 2\n# disabled_plugins = []\ndisabled_plugins = ["cri"]\n',
      'disabled in /etc/containerd/config.toml line 3: disabled_plugins = ["cri"]. Remove "cri" from',
    ],
    [
      "over several lines, by its long name",
      "disabled_plugins = [\n  'io.containerd.internal.v1.opt', # why not\n  'io.containerd.grpc.v1.cri',\n]\n",
      "line 1: disabled_plugins = [. Remove 'io.containerd.grpc.v1.cri' from",
    ],
    [
      "with only other plugins off",
      'disabled_plugins = ["aufs"] # "cri"\n',
      "older than 1.6, or its CRI plugin did not start",
    ],
  ])("name the line that switches containerd's CRI plugin off: %s", async (_, toml, expected) => {
    const failures: MemoryRuntime["failures"] = new Map([
      ["status", noCri],
      ["checkImageService", noCri],
      ["cgroupDriver", noCri],
    ]);
    const { events, lines } = await withRuntime({ failures }, { files: { "/etc/containerd/config.toml": toml } });
    expect(lines[0]).toBe(
      `ERROR CRI: could not connect to the container runtime: failed to create new CRI runtime service: ${unavailable} ` +
        `"${containerd}": ${noCri.message}`,
    );
    const findings = events.flatMap((event) => (event.type === "preflight.failed" ? event.findings : []));
    expect(findings[0]?.remedy).toContain(expected);
  });

  it("report a runtime that is not ready, and not its network", async () => {
    const { lines } = await withRuntime({
      conditions: [
        { type: "RuntimeReady", status: false, reason: "Broken", message: "no runc" },
        { type: "NetworkReady", status: false, reason: "NoCNI", message: "" },
      ],
    });
    expect(lines).toEqual([
      'ERROR CRI: container runtime condition "RuntimeReady" is not true. reason: Broken, message: no runc',
    ]);
  });

  it("report a broken image service", async () => {
    const error = new ContainerRuntimeError("other", "rpc error: code = Internal desc = snapshotter");
    const { lines } = await withRuntime({ failures: new Map([["checkImageService", error]]) });
    expect(lines[0]).toMatch(
      /^ERROR CRI: could not connect .* new CRI image service: .* CRI v1 image API .*snapshotter$/,
    );
  });

  it("report a status request that fails although the service exists", async () => {
    const error = new ContainerRuntimeError("other", "rpc error: code = Internal desc = oh");
    const { lines } = await withRuntime({ failures: new Map([["status", error]]) });
    expect(lines).toEqual(["ERROR CRI: container runtime is not running: rpc error: code = Internal desc = oh"]);
  });

  it("only warn of a runtime that does not report its cgroup driver", async () => {
    const { lines, failure } = await withRuntime({ cgroupDriver: "unimplemented" });
    expect(failure).toBeUndefined();
    expect(lines).toEqual([
      "WARNING ContainerRuntimeVersion: You must update your container runtime to a version that supports the CRI method " +
        "RuntimeConfig. Falling back to using cgroupDriver from kubelet config will be removed in 1.38. For more information, " +
        "see https://git.k8s.io/enhancements/keps/sig-node/4033-group-driver-detection-over-cri",
    ]);
  });
});
