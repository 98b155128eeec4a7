// What decides on checks besides the machine: lists of checks and phases to leave out, proxies in the environment.
import type { DifferCase } from "../case.ts";
import { words } from "./command-line-cases.ts";
import { document, initDocuments, joinFields } from "./configuration-text.ts";
import { controlPlaneFiles, oldCluster, upgradeFields } from "./upgrade-world.ts";

const lists: readonly string[] = ["all,x", "x,all", "ALL,x", "all,ALL", "all,", "all, x", "x,,y", "none", "'a b'"];

const ignored = "ignorePreflightErrors";

/** Files that name a check, in addition to a flag that names others. */
const configurations = {
  "c.yaml": initDocuments(),
  "i.yaml": initDocuments({}, { [`nodeRegistration.${ignored}`]: "[Swap]" }),
  "j.yaml": document("JoinConfiguration", { ...joinFields, [`nodeRegistration.${ignored}`]: "[Swap]" }),
  "r.yaml": document("ResetConfiguration", { [ignored]: "[Swap]" }),
  "a.yaml": document("UpgradeConfiguration", {
    ...upgradeFields,
    [`apply.${ignored}`]: "[Swap]",
    [`node.${ignored}`]: "[Swap]",
    [`plan.${ignored}`]: "[Swap]",
  }),
};

const join = "192.0.2.20:16443 --token abcdef.0123456789abcdef --discovery-token-unsafe-skip-ca-verification";

const withChecks: readonly string[] = [
  "init --config c.yaml --dry-run --skip-phases bogus",
  "init --config i.yaml --dry-run --skip-phases bogus",
  "init phase preflight --config c.yaml",
  "init phase preflight --config i.yaml",
  `join ${join} --dry-run --skip-phases bogus`,
  "join --config j.yaml --dry-run --skip-phases bogus",
  "reset -f --dry-run --skip-phases bogus",
  "reset -f --config r.yaml --skip-phases bogus",
  "reset phase preflight -f",
  "upgrade apply v1.37.2 --yes --skip-phases bogus",
  "upgrade apply v1.37.2 --yes --skip-phases bogus --config a.yaml",
  "upgrade node --skip-phases bogus",
  "upgrade node --skip-phases bogus --config a.yaml",
  "upgrade plan v1.37.2",
  "upgrade plan v1.37.2 --config a.yaml",
];

const withPhases: readonly string[] = [
  "init --config c.yaml --dry-run --ignore-preflight-errors all,x",
  `join ${join} --dry-run --ignore-preflight-errors all,x`,
  "reset -f --dry-run",
  "upgrade apply v1.37.2 --yes --dry-run",
  "upgrade node --dry-run",
];

const runtime = { images: [], podSandboxes: [] };

/** What `init` and `join` begin with is no node yet. */
const machineFor = (line: string): Partial<DifferCase> =>
  /^(init|join) /.test(line)
    ? { files: configurations, world: { containerRuntime: runtime } }
    : { tree: "control-plane", files: { ...controlPlaneFiles, ...configurations }, world: oldCluster() };

function left(flag: string, lines: readonly string[]): readonly DifferCase[] {
  return lines.flatMap((line) =>
    lists.map(
      (list): DifferCase => ({
        name: `left out/${line} ${flag} ${list}`,
        args: words(`${line} ${flag} ${list}`),
        timeoutMs: 30_000,
        ...machineFor(line),
      }),
    ),
  );
}

const proxies: readonly string[] = [
  "http://proxy.example.org:3128",
  "proxy.example.org:3128",
  "proxy.example.org",
  "https://proxy.example.org",
  "socks5://proxy.example.org:1080",
  "ftp://proxy.example.org",
  "http://proxy.example.org:port",
  "http://proxy.example.org:99999",
  "http://[::1",
  "http://%zz",
  "://x",
  ":3128",
  "http://",
  "/path",
  "\u007f",
  "http://a b",
  "a b",
  "http://proxy.example.org/a b",
  "user@proxy.example.org:3128",
  "http://user:secret@proxy.example.org",
  "http://user:secret@proxy.example.org:3128",
  "user:secret@proxy.example.org:3128",
  "user:secret@proxy.example.org:port",
  "http://user:secret@proxy.example.org:port",
  "http://user:sec ret@proxy.example.org",
  "http://user:sec%zzret@proxy.example.org",
  "http://user:sec/ret@proxy.example.org:3128",
  "http://user:sec@ret@proxy.example.org:3128",
  "//user:secret@proxy.example.org",
];

const proxied: readonly string[] = ["init phase preflight --config c.yaml --ignore-preflight-errors all"];

/** How a program may find its proxy, by what it is called. */
const variables: Readonly<Record<string, (proxy: string) => Readonly<Record<string, string>>>> = {
  HTTPS_PROXY: (HTTPS_PROXY) => ({ HTTPS_PROXY }),
  https_proxy: (https_proxy) => ({ https_proxy }),
  "HTTPS_PROXY with NO_PROXY": (HTTPS_PROXY) => ({ HTTPS_PROXY, NO_PROXY: "192.0.2.0/24,10.96.0.0/12" }),
};

function underProxies(): readonly DifferCase[] {
  return Object.entries(variables).flatMap(([name, env]) =>
    proxied.flatMap((line) =>
      proxies
        .filter((_, index) => name === "HTTPS_PROXY" || index % 2 === 0)
        .map(
          (proxy): DifferCase => ({
            name: `proxy/${name}=${proxy.replaceAll("\u007f", "DEL")}/${line}`,
            args: words(line),
            timeoutMs: 30_000,
            ...machineFor(line),
            env: env(proxy),
          }),
        ),
    ),
  );
}

const reached = "<endpoint> --token <token> --discovery-token-ca-cert-hash <pin>";

/** Joins on machines that reach the API server without their proxy, or cannot reach it through that. */
function joinsBehindProxies(): readonly DifferCase[] {
  const lines = [
    `join phase preflight ${reached} --ignore-preflight-errors all`,
    `join phase preflight ${reached} --control-plane --ignore-preflight-errors all`,
    `join phase kubelet-start ${reached}`,
    "join phase preflight --config p.yaml --ignore-preflight-errors all",
  ];
  const environments: Readonly<Record<string, string>>[] = [
    { HTTPS_PROXY: "http://user:secret@127.0.0.1:9", NO_PROXY: "192.0.2.20" },
    { HTTPS_PROXY: "127.0.0.1:9", NO_PROXY: "192.0.2.0/24,10.96.0.0/12" },
    { https_proxy: "http://127.0.0.1:9", no_proxy: "192.0.2.20:16443" },
    { HTTPS_PROXY: "http://user:secret@127.0.0.1:port" },
    { HTTPS_PROXY: "http://127.0.0.1:9" },
  ];
  const file = document("JoinConfiguration", {
    ...joinFields,
    "timeouts.discovery": "2s",
    "timeouts.kubernetesAPICall": "2s",
  });
  return environments.flatMap((env) =>
    lines
      .filter((line) => (env["NO_PROXY"] ?? env["no_proxy"]) !== undefined || line.includes("p.yaml"))
      .map(
        (line): DifferCase => ({
          name: `proxy/${JSON.stringify(env)}/${line}`,
          args: words(line),
          env,
          files: { "p.yaml": file },
          world: { apiServer: { uploadedCertificates: true }, containerRuntime: runtime },
          timeoutMs: 30_000,
        }),
      ),
  );
}

export function preflightCases(): readonly DifferCase[] {
  return [
    ...left("--ignore-preflight-errors", withChecks),
    ...left("--skip-phases", withPhases),
    ...underProxies(),
    ...joinsBehindProxies(),
  ];
}
