import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DifferCase } from "../case.ts";

const golden = join(import.meta.dirname, "../../golden/commands.txt");

/** Every command by its words. */
function commands(): readonly string[] {
  const way: string[] = [];
  return readFileSync(golden, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const depth = (line.length - line.trimStart().length) / 2;
      way.length = depth;
      way.push(line.trim().split(" ")[0] ?? "");
      return way.slice(1).join(" ");
    });
}

const lines: readonly string[] = [
  "",
  "--help",
  "-h",
  "help",
  "help join",
  "help join phase",
  "help bogus",
  "version -o short",
  "version --output=short",
  "version -oshort",
  "version -o bogus",
  "version -o ''",
  "version extra",
  "bogus",
  "joim",
  "verison",
  "--bogus",
  "-x",
  "-vx version",
  "-v=abc version -o short",
  "--v=3 version -o short",
  "--vmodule=a=3 version -o short",
  "--vmodule=bogus version -o short",
  "--rootfs /none version -o short",
  "--rootfs rel version -o short",
  "--rootfs / version -o short",
  "--rootfs",
  "join a:1 b:2 --token abcdef.0123456789abcdef",
  "join 192.0.2.20:16443",
  "join 192.0.2.20:16443 --token bad",
  "join 192.0.2.20:16443 --token abcdef.0123456789abcdef",
  "join 192.0.2.20 --token abcdef.0123456789abcdef --discovery-token-unsafe-skip-ca-verification",
  "join 192.0.2.20:port --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:aa --ignore-preflight-errors all --dry-run",
  "join --config /none.yaml",
  "join --token x --config /none.yaml",
  "join --discovery-file /none",
  "join --discovery-file http://192.0.2.20/x --tls-bootstrap-token abcdef.0123456789abcdef",
  "join --skip-phases bogus 192.0.2.20:16443 --token abcdef.0123456789abcdef --discovery-token-unsafe-skip-ca-verification",
  "join --certificate-key xyz --control-plane 192.0.2.20:16443 --token abcdef.0123456789abcdef --discovery-token-unsafe-skip-ca-verification",
  "join --apiserver-advertise-address bogus --control-plane 192.0.2.20:16443 --token abcdef.0123456789abcdef --discovery-token-unsafe-skip-ca-verification",
  "join --apiserver-bind-port 70000 --control-plane 192.0.2.20:16443 --token abcdef.0123456789abcdef --discovery-token-unsafe-skip-ca-verification",
  "join --node-name Bad_Name 192.0.2.20:16443 --token abcdef.0123456789abcdef --discovery-token-unsafe-skip-ca-verification",
  "join --node-name '' 192.0.2.20:16443 --token abcdef.0123456789abcdef",
  "init extra",
  "init --token bad --kubernetes-version v1.37.2",
  "init --token '' --kubernetes-version bogus",
  "init --kubernetes-version v1.20.0",
  "init --kubernetes-version 1.37",
  "init --kubernetes-version v1.37.x --dry-run",
  "init --kubernetes-version v1.99.0 --dry-run --token bad",
  "init --pod-network-cidr bogus --kubernetes-version v1.37.2",
  "init --service-cidr 10.0.0.0/30 --kubernetes-version v1.37.2",
  "init --service-cidr fd00::/64 --kubernetes-version v1.37.2 --skip-phases bogus",
  "init --feature-gates Bogus=true --kubernetes-version v1.37.2",
  "init --feature-gates RootlessControlPlane --kubernetes-version v1.37.2",
  "init --feature-gates RootlessControlPlane=maybe --kubernetes-version v1.37.2",
  "init --certificate-key abc --upload-certs --kubernetes-version v1.37.2",
  "init --skip-phases bogus --kubernetes-version v1.37.2",
  "init --apiserver-bind-port 0 --kubernetes-version v1.37.2 --skip-phases bogus",
  "init --apiserver-bind-port x",
  "init --apiserver-advertise-address ::1 --kubernetes-version v1.37.2 --skip-phases bogus",
  "init --apiserver-cert-extra-sans a,b_c,*.x --kubernetes-version v1.37.2 --skip-phases bogus",
  "init --token-ttl soon",
  "init --token-ttl 1",
  "init --cert-dir rel --kubernetes-version v1.37.2",
  "init --cert-dir '' --kubernetes-version v1.37.2 --skip-phases bogus",
  "init --dry-run=maybe",
  "init --ignore-preflight-errors all,none --kubernetes-version v1.37.2",
  "init --config a.yaml --config b.yaml",
  "init -c",
  "reset extra -f --dry-run",
  "reset --skip-phases bogus -f",
  "reset --force=x",
  "token",
  "token bogus",
  "token create nope",
  "token create --ttl soon",
  "token create --ttl -1s",
  "token create --usages bogus --dry-run",
  "token create --groups bogus --dry-run",
  "token create a b",
  "token delete",
  "token delete nope",
  "token delete abcdef",
  "token list",
  "token list -o bogus",
  "token list x",
  "token generate x",
  "config print init-defaults",
  "config print join-defaults",
  "config print reset-defaults",
  "config print upgrade-defaults",
  "config print init-defaults --component-configs KubeletConfiguration",
  "config print init-defaults --component-configs KubeletConfiguration,KubeProxyConfiguration",
  "config print init-defaults --component-configs KubeProxyConfiguration",
  "config print init-defaults --component-configs Bogus",
  "config print init-defaults --component-configs ''",
  "config print join-defaults --component-configs KubeletConfiguration",
  "config print bogus",
  "config validate",
  "config validate --config ''",
  "config validate --config /none.yaml",
  "config validate --config /etc",
  "config migrate",
  "config migrate --old-config /none.yaml",
  "config images",
  "config images list --kubernetes-version bogus",
  "config images list --kubernetes-version v1.30.0",
  "config images list --kubernetes-version v1.36.0",
  "config images list --kubernetes-version v1.35.0",
  "config images list --kubernetes-version v1.38.0",
  "config images list --kubernetes-version v1.37.2 -o json",
  "config images list --kubernetes-version v1.37.2 -o yaml",
  "config images list --kubernetes-version v1.37.2 -o text",
  "config images list --kubernetes-version v1.37.2 -o bogus",
  "config images list --kubernetes-version v1.37.2 -o jsonpath={.images}",
  "config images list --kubernetes-version v1.37.2 -o jsonpath={.images[0]}",
  "config images list --kubernetes-version v1.37.2 -o jsonpath-as-json={.images}",
  "config images list --kubernetes-version v1.37.2 -o go-template={{range .images}}{{.}};{{end}}",
  "config images list --kubernetes-version v1.37.2 -o kyaml",
  "config images list --kubernetes-version v1.37.2 --show-managed-fields -o json",
  "config images list --kubernetes-version v1.37.2 --allow-missing-template-keys=false -o jsonpath={.none}",
  "config images list --kubernetes-version v1.37.2 --image-repository example.org/k8s",
  "config images list --kubernetes-version v1.37.2 --image-repository EXAMPLE.org/k8s",
  "config images list --kubernetes-version v1.37.2 --feature-gates Bogus=true",
  "config images list --kubernetes-version latest-1.37",
  "config images list --kubernetes-version stable",
  "config images pull --kubernetes-version v1.37.2",
  "certs certificate-key extra",
  "certs renew",
  "certs renew bogus",
  "certs renew all extra",
  "certs check-expiration",
  "certs check-expiration -o json",
  "certs check-expiration -o bogus",
  "certs check-expiration --cert-dir ''",
  "certs generate-csr extra",
  "kubeconfig",
  "kubeconfig user",
  "kubeconfig user --client-name",
  "kubeconfig user --client-name x",
  "kubeconfig user --client-name x --validity-period soon",
  "kubeconfig user --client-name x --config /none",
  "completion",
  "completion bogus",
  "completion bash zsh",
  "alpha",
  "alpha bogus",
  "init phase",
  "init phase bogus",
  "init phase certs",
  "init phase certs bogus",
  "init phase certs ca extra",
  "init phase kubeconfig all --kubeconfig-dir rel --kubernetes-version v1.37.2",
  "init phase upload-certs --kubernetes-version v1.37.2",
  "init phase upload-certs",
  "init phase show-join-command --kubernetes-version v1.37.2",
  "join phase",
  "join phase bogus",
  "join phase control-plane-prepare",
  "join phase control-plane-prepare certs",
  "join phase control-plane-join all",
  "join phase etcd-join",
  "join phase kubelet-wait-bootstrap",
  "join phase preflight",
  "reset phase",
  "reset phase bogus",
  "reset phase cleanup-node extra --dry-run",
  "upgrade",
  "upgrade bogus",
  "upgrade diff",
  "upgrade plan",
  "upgrade apply",
  "upgrade node",
];

const completions = ["", "--", "-", "x", "--config", "--config=", "--v", "--feature-gates", "--skip-phases", "-o"];

export function commandLineCases(): readonly DifferCase[] {
  const everyCommand = commands();
  return [
    ...lines.map((line) => commandLine("command line", line)),
    ...everyCommand.map((command) => commandLine("help", `${command} --help`.trim())),
    ...everyCommand
      .filter((_, index) => index % 3 === 0)
      .map((command) => commandLine("unknown flag", `${command} --bogus`.trim())),
    ...everyCommand
      .filter((_, index) => index % 3 === 1)
      .map((command, index) => completion("__complete", command, completions[index % completions.length] ?? "")),
    ...everyCommand.filter((_, index) => index % 8 === 0).map((command) => completion("__completeNoDesc", command, "")),
  ];
}

function commandLine(area: string, line: string): DifferCase {
  return { name: `${area}/${line}`, args: words(line) };
}

function completion(request: string, command: string, word: string): DifferCase {
  return commandLine("completion", `${request} ${command} '${word}'`.replaceAll("  ", " "));
}

/** Words as a shell takes them, with single quotes alone. */
export function words(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}
