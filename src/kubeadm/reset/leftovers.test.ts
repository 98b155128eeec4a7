import { describe, expect, it } from "vitest";
import { type MemorySeed, memoryHost } from "../../host/memory.ts";
import { findLeftovers } from "./leftovers.ts";

const look = (seed: MemorySeed) => findLeftovers({ ...memoryHost(seed), signal: new AbortController().signal });

describe("what a cluster leaves on a machine", () => {
  it.each<[string, MemorySeed, string[]]>([
    ["nothing on a fresh one", {}, []],
    [
      "CNI configuration",
      { files: { "/etc/cni/net.d/10-a b.conf": "", "/etc/cni/net.d/20.conflist": "" } },
      ["rm -rf '/etc/cni/net.d/10-a b.conf' /etc/cni/net.d/20.conflist"],
    ],
    [
      "interfaces of network add-ons, but no others",
      {
        files: Object.fromEntries(
          ["cni0", "flannel.1", "cali1a2b", "eth0", "lo", "docker0", "wlan0"].map((name) => [
            `/sys/class/net/${name}`,
            "",
          ]),
        ),
      },
      ["ip link delete cali1a2b", "ip link delete cni0", "ip link delete flannel.1"],
    ],
    [
      "rules of kube-proxy and of add-ons",
      {
        commands: {
          "iptables-save": {
            stdout: "*nat\n:KUBE-SERVICES - [0:0]\n-A PREROUTING -j KUBE-SERVICES\n-A X -j CNI-1\nCOMMIT\n",
          },
          "ip6tables-save": { stdout: "*nat\n-A INPUT -j ACCEPT\nCOMMIT\n" },
        },
      },
      ["iptables-save | grep -v -E 'KUBE-|CNI-' | iptables-restore"],
    ],
    [
      "kube-proxy's tables of nftables",
      { commands: { nft: { stdout: "table ip kube-proxy\ntable ip6 kube-proxy\ntable inet filter\n" } } },
      ["nft delete table ip kube-proxy", "nft delete table ip6 kube-proxy"],
    ],
    [
      "virtual services",
      { files: { "/proc/net/ip_vs": "IP Virtual Server version 1.2.1\nProt LocalAddress\nTCP  0A600001:01BB rr\n" } },
      ["ipvsadm --clear"],
    ],
    [
      "kubeconfigs of root and of who became root",
      {
        files: {
          "/root/.kube/config": "",
          "/home/ann/.kube/config": "",
          "/home/bob/.kube/config": "",
          "/etc/passwd":
            "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\nbob:x:1001:1001::/home/bob:/bin/sh\n",
        },
        machine: { environment: { HOME: "/root", SUDO_USER: "ann" } },
      },
      ["rm /root/.kube/config", "rm /home/ann/.kube/config"],
    ],
    [
      "what kubeadm doctor --fix has changed",
      { files: { "/var/lib/kubeadm/doctor-fixes.json": "" } },
      ["kubeadm doctor --undo"],
    ],
    ["nothing that a failing program says", { commands: { "iptables-save": { exitCode: 1, stdout: "KUBE-" } } }, []],
  ])("%s", async (_title, seed, commands) => {
    expect((await look(seed)).map(({ command }) => command)).toEqual(commands);
  });
});
