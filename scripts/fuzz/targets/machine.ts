// What programs and the kernel print: logs, tables of /proc, systemd, firewalls.
import { maskSecrets, maskValue } from "../../../src/errors/mask-secrets.ts";
import { foreignText, oneLine, printable } from "../../../src/errors/printable-text.ts";
import { defaultRoutes } from "../../../src/host/default-routes.ts";
import { mountPoints } from "../../../src/host/local/mounts.ts";
import { startTicks } from "../../../src/host/local/processes.ts";
import { openrcStatus, systemdStatus } from "../../../src/host/local/services.ts";
import { memoryHost } from "../../../src/host/memory.ts";
import {
  containerCauseLine,
  isHopeless,
  isLostLease,
  lastWarning,
} from "../../../src/kubeadm/control-plane/container-log.ts";
import { logWrites } from "../../../src/kubeadm/doctor/control-plane/etcd-disk.ts";
import { lastWords } from "../../../src/kubeadm/doctor/kubelet/last-words.ts";
import {
  firewalldZones,
  opensPort,
  servicePorts,
  zonesOfNodes,
} from "../../../src/kubeadm/doctor/network/firewalld.ts";
import { blockingRules } from "../../../src/kubeadm/doctor/network/packet-filter.ts";
import { klogError } from "../../../src/kubeadm/kubelet/klog-error.ts";
import { readKubeletFlags } from "../../../src/kubeadm/kubelet/kubelet-flags.ts";
import { kubeletEnvironmentPath } from "../../../src/kubeadm/paths.ts";
import { type FuzzTarget, textTarget, WrongAnswer } from "../target.ts";
import { filesLike } from "./samples.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that a terminal obeys
const terminal = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

function log(text: string): string {
  const lines = text.split("\n");
  const found = [containerCauseLine(lines), lastWarning(lines)].map((each) => each !== "");
  const each = lines.map((line) => [
    isLostLease(line),
    isHopeless(line),
    klogError(line) !== undefined,
    lastWords(line).length > 0,
  ]);
  return `${found} ${each.flat().includes(true)}`;
}

function shownText(text: string): string {
  for (const shown of [printable(text), oneLine(text), foreignText(text)]) {
    if (terminal.test(shown)) throw new WrongAnswer("a terminal would obey a character");
  }
  if (oneLine(text).includes("\n")) throw new WrongAnswer("one line is two");
  const masked = maskSecrets(text);
  maskValue({ text, list: [text] });
  return masked === text ? "nothing secret" : "masked";
}

const secretToken = "abcdef.0123456789abcdef";

function proc(text: string): string {
  return [
    defaultRoutes("IPv4", text).length > 0,
    defaultRoutes("IPv6", text).length > 0,
    mountPoints(text).length > 0,
    startTicks(text) !== undefined,
  ].join(" ");
}

const serviceStates: readonly unknown[] = ["active", "activating", "inactive", "failed", "unknown"];

function units(text: string): string {
  const { state, restarts } = systemdStatus(text);
  if (Number.isNaN(restarts)) throw new WrongAnswer("the number of restarts is none");
  const other = openrcStatus("kubelet", { status: text, levels: text }).state;
  if (![state, other].every((each) => serviceStates.includes(each)))
    throw new WrongAnswer(`the state is ${String(state)}`);
  return `${state} ${other}`;
}

function firewall(text: string): string {
  const zones = firewalldZones(text);
  const own = zonesOfNodes(zones, ["eth0"], "public");
  servicePorts(text);
  return `${own.some((zone) => opensPort(zone, 6443))} ${blockingRules(text, [6443, 10250]).length > 0}`;
}

async function flags(text: string): Promise<string> {
  const { files } = memoryHost({ files: { [kubeletEnvironmentPath]: text } });
  const found = await readKubeletFlags(files);
  return `${Math.min(found.files.flatMap((each) => each.flags).length, 5)}`;
}

export const machineTargets: readonly FuzzTarget[] = [
  textTarget("logs", {
    samples: () => [
      'E1126 14:00:00.000000    1 run.go:72] "command failed" err="failed to load kubelet config file, path: /var/lib/kubelet/config.yaml"\n',
      '{"level":"fatal","ts":"2026-11-24T19:28:25Z","msg":"discovery failed","error":"member has already been bootstrapped"}\npanic: x\n',
      'W1126 14:00:00.000000 1 a.go:1] warning\nError: unknown flag: --x\nI1126 leader election lost\n{"msg":"maxprocs: "}\n',
      'E1126 1 leaderelection.go:1] "leaderelection lost"\nerror: open /a: no such file or directory\n',
    ],
    words: [
      'err="',
      "\\",
      '"',
      "panic: ",
      "Error: ",
      "E1126 ",
      "flag provided but not defined",
      '{"msg":',
      "\u001b[31m",
    ],
    read: log,
  }),
  textTarget("shown-texts", {
    samples: () => [
      `token ${secretToken} and --certificate-key ${"ab".repeat(32)}`,
      "Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln\npassword=hunter2 https://a:b@c",
      "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIA==\n-----END EC PRIVATE KEY-----\n",
      '{"token-secret":"MDEyMzQ1Njc4OWFiY2RlZg==","client-key-data": "QUJD"}',
      "kind: Secret\ndata:\n  token-secret: MDEyMzQ1Njc4OWFiY2RlZg==\n",
    ],
    words: [
      secretToken,
      "Bearer ",
      "PRIVATE KEY-----",
      "token",
      "password:",
      "client-key-data: ",
      "\u001b]0;",
      "\u202e",
      "\r",
      "\u009b",
    ],
    read: shownText,
  }),
  textTarget("proc", {
    samples: () => [
      "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\neth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\n",
      `${"0".repeat(32)} 00 ${"0".repeat(32)} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003 eth0\n`,
      "proc /proc proc rw 0 0\ntmpfs /a\\040b tmpfs rw 0 0\n",
      "4242 (a b) c) S 1 4242 4242 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 123456 1 2\n",
    ],
    words: ["\t", " ", "\\040", "\\777", "00000000", "0003", "ffffffff", ")", "\n"],
    read: proc,
  }),
  textTarget("units", {
    samples: () => [
      "LoadState=loaded\nActiveState=activating\nSubState=auto-restart\nUnitFileState=enabled\nNRestarts=7\nNeedDaemonReload=no\nExecMainCode=1\nExecMainStatus=255\n",
      " * status: started\n   kubelet | default\n",
    ],
    words: ["=", "\n", "masked", "not-found", "failed", "status: ", "-1", "1e999"],
    read: units,
  }),
  textTarget("firewalls", {
    samples: () => [
      'public (active)\n  target: default\n  interfaces: eth0\n  sources: 10.0.0.0/8\n  services: ssh\n  ports: 6443/tcp 30000-32767/tcp\n  rich rules:\n\trule family="ipv4" port port="10250" protocol="tcp" accept\n\ndrop\n  target: DROP\n',
      '-P INPUT ACCEPT\n-A INPUT -p tcp -m tcp --dport 6443 -j DROP\n-A INPUT -s 10.0.0.0/8 -p tcp -m multiport --dports 10250,30000:32767 -m comment --comment "a \\" b" -j REJECT --reject-with icmp-port-unreachable\n',
    ],
    words: ["-A INPUT ", "-j DROP", "--dport ", "--dports ", '"', "\\", ":", "-m ", "accept", "/tcp", "ports:", "\n"],
    read: firewall,
  }),
  textTarget("kubelet-flags", {
    samples: () => [
      ...filesLike("test/golden/init/kubelet/kubeadm-flags.env"),
      "KUBELET_EXTRA_ARGS='--node-ip=192.0.2.1 --v 4 --x=\"a b\"'\n",
    ],
    words: ["--", "=", '"', "'", "KUBELET_EXTRA_ARGS=", "\\", "--a-b_c "],
    read: flags,
  }),
  textTarget("metrics", {
    samples: () => [
      'etcd_disk_wal_fsync_duration_seconds_bucket{le="0.128"} 0\netcd_disk_wal_fsync_duration_seconds_bucket{le="+Inf"} 12\netcd_disk_wal_fsync_duration_seconds_count 12\netcd_disk_wal_fsync_duration_seconds_sum 0.5\n',
    ],
    words: ["NaN", "+Inf", "{", "}", '"', "1e999", "-1", "_count ", "_bucket"],
    read: (text) => `${logWrites(text) !== undefined}`,
  }),
];
