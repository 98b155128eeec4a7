// Phases of init that write files: on an empty machine, with flags, and where something is there already.

import type { Random } from "../../support/random.ts";
import type { DifferCase, GivenEntry } from "../case.ts";
import { words } from "./command-line-cases.ts";
import { initDocuments } from "./configuration-text.ts";
import { initConfigurations } from "./known-configurations.ts";
import { patchFiles } from "./patch-files.ts";

const pki = "/etc/kubernetes/pki";
const config: Readonly<Record<string, GivenEntry>> = { "c.yaml": initDocuments() };
const version = "--kubernetes-version v1.37.2";
const here = "--apiserver-advertise-address 192.0.2.10";

const phases: readonly string[] = [
  "certs all",
  "certs ca",
  "certs apiserver",
  "certs apiserver-kubelet-client",
  "certs front-proxy-ca",
  "certs front-proxy-client",
  "certs etcd-ca",
  "certs etcd-server",
  "certs etcd-peer",
  "certs etcd-healthcheck-client",
  "certs apiserver-etcd-client",
  "certs sa",
  "kubeconfig all",
  "kubeconfig admin",
  "kubeconfig super-admin",
  "kubeconfig kubelet",
  "kubeconfig controller-manager",
  "kubeconfig scheduler",
  "control-plane all",
  "control-plane apiserver",
  "control-plane controller-manager",
  "control-plane scheduler",
  "etcd local",
  "kubelet-start",
  "kubelet-finalize all",
  "show-join-command",
  "preflight --ignore-preflight-errors all",
];

const flagLines: readonly string[] = [
  `certs ca ${version}`,
  `certs ca ${version} --cert-dir /x/pki`,
  `certs ca ${version} --cert-dir /x//pki/./y`,
  `certs ca ${version} --cert-dir /x/../pki`,
  `certs ca ${version} --cert-dir rel`,
  `certs ca ${version} --cert-dir ''`,
  `certs sa --cert-dir /x/pki`,
  `certs apiserver ${version} --service-cidr 10.0.0.0/16 --apiserver-cert-extra-sans a.example.org,192.0.2.77`,
  `certs apiserver ${version} ${here} --service-dns-domain x.y --control-plane-endpoint lb.example.org`,
  `certs apiserver ${version} ${here} --apiserver-cert-extra-sans *.example.org --dry-run`,
  `certs all ${version} ${here} --dry-run`,
  `certs etcd-server --dry-run`,
  `kubeconfig admin ${version} ${here} --kubeconfig-dir /x`,
  `kubeconfig all ${version} ${here} --node-name other --control-plane-endpoint lb.example.org:7443`,
  `kubeconfig all ${version} ${here} --apiserver-bind-port 7443`,
  `kubeconfig all ${version} --apiserver-advertise-address 2001:db8::10`,
  `kubeconfig admin ${version} --kubeconfig-dir ''`,
  `kubeconfig kubelet ${version} ${here} --node-name Upper`,
  `kubeconfig all ${version} ${here} --dry-run`,
  `control-plane all ${version} ${here} --pod-network-cidr 10.244.0.0/16`,
  `control-plane all ${version} ${here} --pod-network-cidr fd00::/48 --service-cidr fd01::/112`,
  `control-plane all ${version} --apiserver-advertise-address 2001:db8::10 --pod-network-cidr fd00::/48,10.244.0.0/16 --service-cidr fd01::/112,10.96.0.0/16`,
  `control-plane all ${version} ${here} --cert-dir /x//pki`,
  `control-plane all ${version} ${here} --cert-dir /x/./pki/`,
  `control-plane all ${version} ${here} --apiserver-extra-args v=3,b=c --scheduler-extra-args v=4`,
  `control-plane apiserver ${version} ${here} --apiserver-extra-args authorization-mode=ABAC`,
  `control-plane apiserver ${version} ${here} --apiserver-extra-args authorization-mode=AlwaysAllow,etcd-servers=x`,
  `control-plane apiserver ${version} ${here} --apiserver-bind-port 7443 --image-repository example.org/x`,
  `control-plane apiserver --kubernetes-version v1.36.2 ${here}`,
  `control-plane controller-manager ${version} --controller-manager-extra-args cluster-signing-cert-file=/x`,
  `control-plane controller-manager ${version} --controller-manager-extra-args bind-address=`,
  `control-plane controller-manager ${version} --controller-manager-extra-args bind-address=::`,
  `control-plane scheduler ${version} --scheduler-extra-args bind-address=`,
  `control-plane scheduler ${version} --scheduler-extra-args bind-address=0.0.0.0`,
  `control-plane all ${version} ${here} --feature-gates RootlessControlPlane=true`,
  `control-plane all ${version} ${here} --patches /none`,
  `control-plane all ${version} ${here} --dry-run`,
  `control-plane scheduler ${version} --dry-run --patches patches`,
  `etcd local ${here} --image-repository example.org/x`,
  `etcd local --cert-dir /x//pki`,
  `etcd local ${here} --dry-run`,
  `kubelet-start --node-name Other --cri-socket /run/x.sock`,
  `kubelet-start --cri-socket unix:///run/x.sock --image-repository example.org/x`,
  `kubelet-start --dry-run`,
  `kubelet-finalize all --dry-run`,
  `upload-config all ${version}`,
  `upload-certs --upload-certs ${version}`,
  `bootstrap-token`,
  `mark-control-plane`,
  `mark-control-plane --dry-run --node-name x`,
  `addon all ${version} --print-manifest`,
  `addon coredns ${version} --print-manifest`,
  `addon coredns ${version} --print-manifest --service-dns-domain x.y --service-cidr 10.5.0.0/16`,
  `addon coredns ${version} --print-manifest --image-repository example.org/x`,
  `addon kube-proxy ${version} --print-manifest ${here} --pod-network-cidr 10.244.0.0/16`,
  `addon kube-proxy ${version} --print-manifest --control-plane-endpoint lb.example.org:7443`,
  `wait-control-plane --dry-run`,
];

export function initPhaseCases(random: Random): readonly DifferCase[] {
  const configured = phases.map((phase) => on(`configured/${phase}`, `${phase} --config c.yaml`, { files: config }));
  const onPki = phases
    .filter((phase) => /kubeconfig|kubelet|show|control-plane all|certs/.test(phase))
    .flatMap((phase) => [
      on(`with certificates/${phase}`, `${phase} --config c.yaml`, { files: config, tree: "pki" }),
      on(`with all files/${phase}`, `${phase} --config c.yaml`, { files: config, tree: "control-plane" }),
    ]);
  const flagged = flagLines.flatMap((line) => [
    on(`flags/${line}`, line, { tree: "nothing" }),
    ...(/kubeconfig|apiserver|etcd|finalize/.test(line)
      ? [on(`flags with certificates/${line}`, line, { tree: "pki" })]
      : []),
  ]);
  const external = phases
    .filter((phase) => !/preflight|finalize/.test(phase))
    .map((phase) => on(`external CA/${phase}`, `${phase} --config c.yaml`, { files: config, tree: "external-ca" }));
  const known = Object.entries(initConfigurations).flatMap(([name, text]) =>
    random
      .some(phases.slice(0, 24), 6)
      .map((phase) =>
        on(`known/${name}/${phase}`, `${phase} --config c.yaml`, { files: { "c.yaml": text }, tree: "nothing" }),
      ),
  );
  return [...configured, ...onPki, ...flagged, ...external, ...known, ...obstacles(), ...patched()];
}

const junk = "not a certificate\n";
const existing: Readonly<Record<string, Readonly<Record<string, GivenEntry>>>> = {
  "no ca.key": { [`${pki}/ca.key`]: "" },
  "an unparsable ca.key": { [`${pki}/ca.key`]: junk },
  "an unparsable ca.crt": { [`${pki}/ca.crt`]: junk },
  "an empty ca.crt": { [`${pki}/ca.crt`]: "" },
  "an unparsable apiserver.crt": { [`${pki}/apiserver.crt`]: junk },
  "an unparsable apiserver.key": { [`${pki}/apiserver.key`]: junk },
  "an unparsable sa.key": { [`${pki}/sa.key`]: junk },
  "an unparsable sa.pub": { [`${pki}/sa.pub`]: junk },
  "a directory for ca.crt": { [`${pki}/ca.crt/x`]: "" },
  "ca.crt as a link": { [`${pki}/ca.crt`]: { link: "/root/ca.crt" } },
  "pki as a link": { [pki]: { link: "/root/pki" }, "/root/pki": { directory: true } },
  "an unparsable admin.conf": { "/etc/kubernetes/admin.conf": junk },
  "an empty admin.conf": { "/etc/kubernetes/admin.conf": "" },
  "admin.conf of another server": {
    "/etc/kubernetes/admin.conf":
      "apiVersion: v1\nkind: Config\nclusters: [{name: k, cluster: {server: 'https://x:1'}}]\ncontexts: [{name: k, context: {cluster: k, user: k}}]\ncurrent-context: k\nusers: [{name: k, user: {}}]\n",
  },
  "another manifest": { "/etc/kubernetes/manifests/kube-apiserver.yaml": { content: "x\n", mode: 0o644 } },
  "a manifest as a link": { "/etc/kubernetes/manifests/kube-apiserver.yaml": { link: "/root/x" } },
  "kubelet's file as a link": { "/var/lib/kubelet/config.yaml": { link: "/root/x" } },
  "kubelet's file with other rights": { "/var/lib/kubelet/config.yaml": { content: "x\n", mode: 0o600 } },
  "an old flags file": { "/var/lib/kubelet/kubeadm-flags.env": 'KUBELET_KUBEADM_ARGS="--x"\n' },
  "etcd's data": { "/var/lib/etcd/member/x": "x\n" },
  "the kubelet running": { "/run/stage/kubelet": "active\n" },
  "the kubelet failing": { "/run/stage/failing": "" },
  "no kubelet's unit": { "/run/stage/absent": "" },
};
const obstaclePhases = ["certs all", "certs ca", "kubeconfig all", "control-plane all", "etcd local", "kubelet-start"];

function obstacles(): readonly DifferCase[] {
  return Object.entries(existing).flatMap(([name, files]) =>
    obstaclePhases
      .filter((phase) => isTouched(phase, name))
      .flatMap((phase) =>
        ["nothing", "pki"].map((tree) =>
          on(`existing on ${tree}/${name}/${phase}`, `${phase} --config c.yaml`, {
            files: { ...config, ...files },
            tree,
          }),
        ),
      ),
  );
}

function isTouched(phase: string, obstacle: string): boolean {
  const isKubelet = /kubelet|flags/.test(obstacle);
  const isManifest = /manifest|etcd/.test(obstacle);
  if (isKubelet) return phase === "kubelet-start";
  if (isManifest) return phase === "control-plane all" || phase === "etcd local";
  if (obstacle.includes("admin.conf")) return phase === "kubeconfig all";
  return /certs|kubeconfig/.test(phase);
}

function patched(): readonly DifferCase[] {
  return Object.entries(patchFiles).flatMap(([name, files]) => {
    const phase = /kubeletconfiguration/.test(Object.keys(files)[0] ?? "")
      ? "kubelet-start"
      : /etcd/.test(Object.keys(files)[0] ?? "")
        ? "etcd local"
        : "control-plane all";
    const placed = Object.fromEntries(Object.entries(files).map(([file, text]) => [`/patches/${file}`.slice(1), text]));
    const directory = initDocuments({}, { "patches.directory": "/work/patches" });
    return [on(`patched/${name}/${phase}`, `${phase} --config c.yaml`, { files: { ...placed, "c.yaml": directory } })];
  });
}

function on(name: string, line: string, rest: Partial<DifferCase>): DifferCase {
  return { name: `init phase/${name}`, args: ["init", "phase", ...words(line)], ...rest };
}
