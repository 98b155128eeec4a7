// A client with some certificate of the right CA, but not one that may be used like this: a client's, one under a CA that
// may not have signed it, one for other names. Shown by a server to a join, and put on disk before an init.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { publicKeyPin } from "../../src/pki/certificate.ts";
import { type ChainCase, chainCases, type MadeChain, madeChain, server } from "../fixtures/pki/chain-corpus.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import { type Attack, type AttackResult, attacksBy } from "./attack.ts";
import { clusterInfoAnswer, falseCluster, falseServer, joinOnMachine, stolenToken } from "./false-cluster.ts";

function clusterInfo(bundle: string, endpoint: string) {
  const data = Buffer.from(bundle).toString("base64");
  return clusterInfoAnswer(
    `apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    certificate-authority-data: ${data}\n    server: https://${endpoint}\n  name: ""\n`,
  );
}

/** What leads the operator to the certificate, or to the clock where that may be the reason. */
const telling = ["DISCOVERY_TLS_UNTRUSTED", "DISCOVERY_CLOCK_SKEW"];

/** A join that pins the CA, of which the server has a chain that does not count. */
async function serve(program: string, { root, intermediates, leaf }: MadeChain, host: string): Promise<AttackResult> {
  const certificate = [leaf, ...intermediates.toReversed()].map(({ pem }) => pem).join("");
  const served: { endpoint: string } = { endpoint: "" };
  await using evil = await falseServer({ certificate, key: leaf.privateKeyPem }, (path) =>
    falseCluster(clusterInfo(root.pem, served.endpoint))(path),
  );
  served.endpoint = evil.endpoint.replace("127.0.0.1", host);
  const ran = await joinOnMachine(program, {
    bootstrapToken: {
      token: stolenToken,
      apiServerEndpoint: served.endpoint,
      caCertHashes: [publicKeyPin(root.certificate)],
    },
    tlsBootstrapToken: stolenToken,
  });
  const code = /^code: (\S+)/m.exec(ran.output)?.[1];
  return {
    carriedOut: evil.connections() >= 2,
    won: evil.asked.some(({ authorization }) => authorization !== undefined)
      ? "the machine's token"
      : ran.status === 0
        ? "the machine's join"
        : code !== undefined && telling.includes(code)
          ? undefined
          : `an operator who looks for another cause, ${code}:\n${ran.output}`,
  };
}

/** An init that finds the chain in the place of the API server's certificate. */
function place(program: string, { root, intermediates, leaf }: MadeChain): AttackResult {
  using made = temporaryDirectory();
  const directory = made.path;
  writeFileSync(join(directory, "ca.crt"), root.pem);
  writeFileSync(join(directory, "ca.key"), root.privateKeyPem);
  writeFileSync(join(directory, "apiserver.crt"), [leaf, ...intermediates].map(({ pem }) => pem).join(""));
  writeFileSync(join(directory, "apiserver.key"), leaf.privateKeyPem);
  const arguments_ = ["init", "phase", "certs", "apiserver", "--cert-dir", directory];
  const { status, stderr } = spawnSync(program, [...arguments_, "--apiserver-advertise-address", "192.0.2.10"], {
    encoding: "utf8",
  });
  const isRefused = /^code: CERTIFICATE_/m.test(stderr);
  return {
    carriedOut: status === 0 || isRefused,
    won: status === 0 ? "a certificate that is taken for the API server's" : undefined,
  };
}

const bad = chainCases.filter(({ refusal }) => refusal !== undefined);
const commonNameOnly: ChainCase = {
  name: "a certificate whose common name alone is the host's",
  leaf: { isAuthority: false, subject: { commonName: "localhost" }, extendedKeyUsages: ["1.3.6.1.5.5.7.3.1"] },
};

/** Not for signatures, which a handshake needs: BoringSSL ends it before anyone is asked. */
const noSignatures: ChainCase = { name: "a certificate whose key may not sign", leaf: { ...server, keyUsage: 32 } };

interface ServedCase {
  readonly chainCase: ChainCase;
  readonly host: string;
}

/** Those for 127.0.0.1, so that only the chain is wrong. */
const servedCases: readonly ServedCase[] = [
  ...bad
    .filter(({ leaf = server }) => leaf.names === server.names)
    .map((chainCase) => ({ chainCase, host: "127.0.0.1" })),
  { chainCase: commonNameOnly, host: "localhost" },
  { chainCase: noSignatures, host: "127.0.0.1" },
];

/** Some in parallel, from when the first is asked for: each waits for seconds until it believes the server. */
const atOnce = 3;
const running = new Map<ServedCase, Promise<AttackResult>>();

function served(program: string, wanted: ServedCase): Promise<AttackResult> {
  if (running.size === 0) {
    const lanes = Array.from({ length: atOnce }, () => Promise.resolve<unknown>(undefined));
    for (const [index, each] of servedCases.entries()) {
      const lane = index % atOnce;
      const result = (lanes[lane] ?? Promise.resolve()).then(() =>
        serve(program, madeChain(each.chainCase), each.host),
      );
      lanes[lane] = result.catch(() => undefined);
      running.set(each, result);
    }
  }
  return running.get(wanted) ?? Promise.reject(new Error("no such case"));
}

const attacks: readonly Attack[] = [
  ...servedCases.map((each) => ({
    name: `shows a join ${each.chainCase.name}`,
    run: ({ program }: { readonly program: string }) => served(program, each),
  })),
  ...bad.map((chainCase) => ({
    name: `puts before an init ${chainCase.name}`,
    run: async ({ program }: { readonly program: string }) => place(program, madeChain(chainCase)),
  })),
];

attacksBy("a client with a certificate from the right CA", "pass for a server that it is not for", attacks);
