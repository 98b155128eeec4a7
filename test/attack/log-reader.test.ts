// Passwords that an operator has in a URL, right or mistyped, must not be in what the program says: logs keep it, and
// others read them.
import { type Attack, attacksBy } from "./attack.ts";
import { stolenToken } from "./false-cluster.ts";
import { joinArguments, joinFiles, watchProgram } from "./watched-program.ts";

const password = "canary-of-a-password";
const credentials = `operator:${password}`;

interface Leak {
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  /** What shows that the program came to the URL. */
  readonly shown: RegExp;
}

function leak(name: string, { args, environment = {}, files = {}, shown }: Leak): Attack {
  return {
    name,
    run: async ({ program }) => {
      const { stdout, stderr } = await watchProgram(program, [...args, "-v", "9"], { environment, files });
      const output = stdout + stderr;
      return {
        carriedOut: shown.test(output),
        won: output.includes(password) ? output.split("\n").find((line) => line.includes(password)) : undefined,
      };
    },
  };
}

const unpinned = ["--token", stolenToken, "--discovery-token-unsafe-skip-ca-verification"];
const unchecked = [...unpinned, "--ignore-preflight-errors", "all"];
const join = joinFiles({
  bootstrapToken: { token: stolenToken, apiServerEndpoint: "192.0.2.10:6443", unsafeSkipCAVerification: true },
});

/** A join by this proxy; no one listens there. */
const byProxy = (HTTPS_PROXY: string, shown = /xxxxx/): Leak => ({
  args: joinArguments,
  environment: { HTTPS_PROXY },
  files: join,
  shown,
});

function kubeconfig(cluster: object): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "", cluster: { server: "https://192.0.2.10:6443", ...cluster } }],
  });
}

/** A join by a discovery file with this cluster. */
const byFile = (cluster: object, shown: RegExp): Leak => ({
  args: joinArguments,
  files: {
    ...joinFiles({ file: { kubeConfigPath: "/etc/discovery.conf" }, tlsBootstrapToken: stolenToken }),
    "/etc/discovery.conf": kubeconfig(cluster),
  },
  shown,
});

attacksBy("someone who reads the program's output", "learn a password of a URL", [
  leak("finds that of an endpoint", { args: ["join", `${credentials}@127.0.0.1:1`, ...unchecked], shown: /xxxxx@/ }),
  leak("finds that of an endpoint with a scheme", {
    args: ["join", `https://${credentials}@127.0.0.1:1`, ...unchecked],
    shown: /apiServerEndpoint/,
  }),
  leak("finds that of a URL for discovery", {
    args: joinArguments,
    files: joinFiles({
      file: { kubeConfigPath: `https://${credentials}@127.0.0.1:1/f` },
      tlsBootstrapToken: stolenToken,
    }),
    shown: /validate the identity of the API Server/,
  }),
  leak("finds that of a proxy that is dead", byProxy(`http://${credentials}@127.0.0.1:1`, /proxyconnect/)),
  leak("finds that of a proxy without a scheme", byProxy(`${credentials}@127.0.0.1:1`, /proxyconnect|192\.0\.2\.10/)),
  leak("finds that of a proxy with a mistyped host", byProxy(`http://${credentials}@[bad`, /192\.0\.2\.10/)),
  leak("finds that of a proxy with a mistyped port", byProxy(`http://${credentials}@proxy:31x8`, /192\.0\.2\.10/)),
  leak("finds a password with a slash in it", byProxy(`http://operator:/${password}@127.0.0.1:1`, /192\.0\.2\.10/)),
  leak("finds that of the proxy which the checks warn of", {
    args: ["join", "phase", "preflight", "--config", "/etc/join.yaml", "--ignore-preflight-errors", "all"],
    environment: { HTTPS_PROXY: `http://${credentials}@192.0.2.3:3128`, HTTP_PROXY: `http://${credentials}@192.0.2.3` },
    files: join,
    shown: /\[WARNING HTTPProxy\]/,
  }),
  leak("finds that of a discovery file's server", byFile({ server: `https://${credentials}@127.0.0.1:1` }, /error:/)),
  leak(
    "finds that of a discovery file's proxy",
    byFile({ "proxy-url": `http://${credentials}@127.0.0.1:1`, "insecure-skip-tls-verify": true }, /proxyconnect/),
  ),
  leak(
    "finds that of a discovery file's proxy that is mistyped",
    byFile({ "proxy-url": `ftp://${credentials}@127.0.0.1:1` }, /proxy-url/),
  ),
]);
