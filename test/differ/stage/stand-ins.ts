// What a fresh machine has: the programs that kubeadm runs or looks for, and the files that it reads.
import type { GivenEntry } from "../case.ts";

const note = (name: string) => `#!/bin/sh\necho "${name} $*" >> /calls.log\n`;

/**
 * `systemctl` knows the unit kubelet alone. It is what /run/stage/kubelet says, and changes by start and stop;
 * /run/stage/disabled, absent and failing are files that a case may have there.
 */
const systemctl = `${note("systemctl")}
verb=$1 unit=$2
case "$verb" in daemon-reload) exit 0 ;; esac
state=inactive
read -r state < /run/stage/kubelet
enabled=enabled
[ -e /run/stage/disabled ] && enabled=disabled
load=loaded
case "$unit" in kubelet|kubelet.service) ;; *) load=not-found state=inactive enabled= ;; esac
[ -e /run/stage/absent ] && load=not-found state=inactive enabled=
case "$verb" in
  start|restart) [ $load = loaded ] || exit 5; [ -e /run/stage/failing ] && exit 1; echo active > /run/stage/kubelet ;;
  stop) [ $load = loaded ] || exit 5; echo inactive > /run/stage/kubelet ;;
  is-active) [ $state = active ] || exit 3 ;;
  is-enabled) [ "$enabled" = enabled ] || exit 1 ;;
  status)
    [ $load = loaded ] || { echo "Unit $unit.service could not be found." >&2; echo "Loaded: not-found"; exit 4; }
    [ $state = active ] || exit 3 ;;
  show)
    sub=dead; [ $state = active ] && sub=running
    echo "LoadState=$load"; echo "ActiveState=$state"; echo "SubState=$sub"; echo "UnitFileState=$enabled"
    echo "NRestarts=0"; echo "NeedDaemonReload=no"; echo "ExecMainCode=0"; echo "ExecMainStatus=0" ;;
esac
exit 0
`;

const kubelet = `${note("kubelet")}
[ "$1" = --version ] || exit 1
if [ -e /run/stage/kubelet-version ]; then cat /run/stage/kubelet-version; else echo "Kubernetes v1.37.2"; fi
`;

const others = [
  "cp",
  "losetup",
  "mount",
  "umount",
  "iptables",
  "ip6tables",
  "nft",
  "ip",
  "conntrack",
  "ethtool",
  "socat",
  "tc",
];

export const standInPrograms: Readonly<Record<string, string>> = {
  systemctl,
  kubelet,
  ...Object.fromEntries(others.map((name) => [name, `${note(name)}exit 0\n`])),
};

export const initialFiles: Readonly<Record<string, GivenEntry>> = {
  "/etc/hostname": "node-1\n",
  "/etc/hosts": "127.0.0.1 localhost\n192.0.2.10 node-1\n192.0.2.20 k8s.example.org\n",
  // Nobody answers there, immediately.
  "/etc/resolv.conf": "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
  "/etc/nsswitch.conf": "hosts: files dns\n",
  "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
  "/etc/group": "root:x:0:\n",
  "/home": { directory: true },
  "/run/containerd": { directory: true },
  "/run/stage/kubelet": "inactive\n",
  "/tmp": { directory: true },
  "/var/lib/kubelet": { directory: true },
  "/var/run": { link: "/run" },
};
