// Command lines as installers and scripts write them, with what they cut out of the output.
import type { DifferCase } from "../case.ts";
import { words } from "./command-line-cases.ts";
import { document, initDocuments } from "./configuration-text.ts";
import { controlPlaneFiles, oldCluster, upgradeFields } from "./upgrade-world.ts";

const runtime = { images: [], podSandboxes: [] };
const key = "0123456789abcdef".repeat(4);
const checks = "--ignore-preflight-errors all";
const withEndpoint = { controlPlaneEndpoint: "lb.example.org:6443" };

/** What a script does with the version. */
const versionPipes: readonly (readonly [line: string, shell: string])[] = [
  ["version -o short", '"$@"'],
  ["version -o short", "\"$@\" | sed 's/^v//'"],
  ["version -o short", '"$@" | cut -d. -f1,2'],
  ["version -o json", '"$@" | grep gitVersion | cut -d\'"\' -f4'],
  ["version -o yaml", "\"$@\" | grep '^  gitVersion:' | awk '{print $2}'"],
  ["version", `"$@" | sed -n 's/.*GitVersion:"\\([^"]*\\)".*/\\1/p'`],
  ["version", `"$@" | grep -cE '^kubeadm version: &version\\.Info\\{.*Platform:"linux/[a-z0-9]+"\\}$'`],
  ["version --output=short", 'test "$("$@")" = v1.37.2 && echo same || echo other'],
];

/** What a script takes from the end of an init. */
const initPipes: Readonly<Record<string, string>> = {
  "the join command": '"$@" 2>&1 | grep -A2 "kubeadm join"',
  "the last two lines": '"$@" 2>/dev/null | tail -n 2',
  "one line": `"$@" 2>/dev/null | grep -A1 "kubeadm join" | tr -d '\\\\\\n' | sed 's/  */ /g'`,
  "the key": "\"$@\" 2>&1 | awk '/certificate-key/'",
  "the key's value": "\"$@\" 2>&1 | awk '/--certificate-key/ {print $NF}'",
  "the line behind the key's": `"$@" 2>/dev/null | sed -n '/Using certificate key/{n;p;}'`,
  "the pin": `"$@" 2>/dev/null | grep -o 'sha256:[0-9a-f]*' | head -n1 | cut -c1-7`,
  "whether it worked": `"$@" 2>/dev/null | grep -q "Your Kubernetes control-plane has initialized successfully!"; echo $?`,
};

const initFlags: readonly string[] = [
  "",
  "--upload-certs",
  "--skip-token-print --skip-certificate-key-print",
  "--skip-token-print --skip-certificate-key-print --upload-certs",
  "--skip-certificate-key-print",
  "--skip-phases addon/kube-proxy",
  "--upload-certs --v 0",
];

function inits(): readonly DifferCase[] {
  const files = {
    "c.yaml": initDocuments(withEndpoint),
    "k.yaml": initDocuments(withEndpoint, { certificateKey: key }),
  };
  return ["c.yaml", "k.yaml"].flatMap((file) =>
    initFlags.flatMap((flags, index) =>
      Object.entries(initPipes)
        .filter((_, pipe) => file === "c.yaml" || pipe % 3 === index % 3)
        .map(
          ([what, shell]): DifferCase => ({
            name: `installer/init --config ${file} ${flags}/${what}`,
            args: words(`init --config ${file} ${checks} --dry-run ${flags}`),
            files,
            shell,
            world: { containerRuntime: runtime },
          }),
        ),
    ),
  );
}

/** Phases that installers call one by one, in their order. */
const phases: readonly string[] = [
  "init phase preflight",
  "init phase certs all",
  "init phase kubeconfig all",
  "init phase kubelet-start",
  "init phase control-plane all",
  "init phase etcd local",
];

const tokenPipes: readonly (readonly [line: string, shell: string])[] = [
  ["token create --print-join-command", '"$@" 2>/dev/null'],
  ["token create --print-join-command --ttl 2h", "\"$@\" | awk '{print $3}'"],
  ["token create --print-join-command", `"$@" | sed 's/.*\\(sha256:[0-9a-f]*\\).*/\\1/'`],
  [`token create --print-join-command --certificate-key ${key}`, "\"$@\" | grep -o -- '--certificate-key .*'"],
  ["token list", "\"$@\" | awk 'NR>1 {print $1}'"],
  ["token list", '"$@" | grep "authentication,signing" | awk \'{print $1}\' | head -n1'],
  ["token list -o json", '"$@" | grep \'"token"\' | cut -d\'"\' -f4'],
  ["token list -o JSON", '"$@"'],
  ["token list -o Yaml", '"$@"'],
];

function tokens(): readonly DifferCase[] {
  return tokenPipes.map(
    ([line, shell], index): DifferCase => ({
      name: `installer/token/${index}: ${line}`,
      args: words(line),
      files: { "/etc/kubernetes/admin.conf": { content: "<admin.conf>", mode: 0o600 } },
      shell,
      world: { apiServer: { tokens: [{ token: "aaaaaa.0123456789abcdef" }] } },
    }),
  );
}

const images = "config images list --kubernetes-version v1.37.2";
const imagePipes: readonly (readonly [line: string, shell: string])[] = [
  [images, '"$@" 2>/dev/null | grep -v coredns'],
  [images, `"$@" 2>/dev/null | sed 's#^registry.k8s.io/##' | cut -d: -f1`],
  [images, '"$@" 2>/dev/null | grep etcd | cut -d: -f2'],
  [`${images} -o json`, '"$@" | tr -d \' ,"\' | grep registry'],
  ...["JSON", "Json", "YAML", "KYAML", "Text", "TEXT", "JSONPATH={.images}", "Go-Template={{.images}}", ""].map(
    (form) => [`${images} -o '${form}'`, '"$@"'] as const,
  ),
  ["certs check-expiration -o JSON", '"$@" | grep -c \'"name"\''],
  ["upgrade plan -o JSON --kubeconfig /none", '"$@"'],
  ["version -o JSON", '"$@"'],
];

const upgrades: readonly (readonly [line: string, shell: string])[] = [
  ["upgrade apply '' --yes", '"$@"'],
  ["upgrade apply '' --yes --config v.yaml --ignore-preflight-errors all", '"$@"'],
  ["upgrade apply --yes v1.37.2 v1.37.1", '"$@"'],
  ["upgrade plan ''", '"$@" 2>&1 | grep -A1 "You can now apply"'],
  ["upgrade plan '' --config v.yaml", '"$@" 2>&1 | grep "kubeadm upgrade apply"'],
  ["upgrade plan v1.37.2", '"$@" 2>&1 | grep "kubeadm upgrade apply"'],
  ["upgrade diff '' --config v.yaml", '"$@"'],
  ["upgrade diff v1.37.2 v1.37.1 --config v.yaml", '"$@" | grep -c "^[-+]"'],
];

export function installerCases(): readonly DifferCase[] {
  return [
    ...versionPipes.map(([line, shell], index): DifferCase => {
      return { name: `installer/version/${index}: ${shell}`, args: words(line), shell };
    }),
    ...inits(),
    ...phases.map((line, index): DifferCase => {
      return {
        name: `installer/phases/${line}`,
        args: words(`${line} --config c.yaml${line.endsWith("preflight") ? ` ${checks}` : ""}`),
        files: { "c.yaml": initDocuments(withEndpoint) },
        tree: index === 2 ? "authorities" : "nothing",
        shell: '"$@" >/tmp/log 2>/dev/null; echo "rc=$?"; grep -v SystemVerification /tmp/log | head -n 1; rm /tmp/log',
        world: { containerRuntime: runtime },
      };
    }),
    ...tokens(),
    ...imagePipes.map(([line, shell], index): DifferCase => {
      return { name: `installer/images/${index}: ${line}`, args: words(line), shell };
    }),
    ...upgrades.map(([line, shell], index): DifferCase => {
      const fields = { ...upgradeFields, "apply.kubernetesVersion": "v1.37.2", "plan.kubernetesVersion": "v1.37.2" };
      return {
        name: `installer/upgrade/${index}: ${line}`,
        args: words(line),
        tree: "control-plane",
        files: {
          ...controlPlaneFiles,
          "v.yaml": document("UpgradeConfiguration", { ...fields, "diff.kubernetesVersion": "v1.37.2" }),
        },
        shell,
        world: oldCluster(),
        timeoutMs: 30_000,
      };
    }),
  ];
}
