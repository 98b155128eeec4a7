import { afterAll, beforeAll, expect, test } from "vitest";
import type { CertificateAuthority } from "../../src/pki/x509.ts";
import {
  clusterInfoAnswer,
  falseCluster,
  falseServer,
  joinOnMachine,
  pinOf,
  serverIdentity,
  stolenToken,
} from "../attack/false-cluster.ts";
import { testAuthority } from "../fixtures/pki/authority.ts";
import { programCopy } from "../support/join/program-copy.ts";

const [previous, next, foreign] = await Promise.all([
  testAuthority("previous"),
  testAuthority("next"),
  testAuthority("foreign"),
]);
const ofPrevious = await serverIdentity(previous);
const ofNext = await serverIdentity(next);

let program: ReturnType<typeof programCopy>;
beforeAll(() => {
  program = programCopy();
});
afterAll(() => program[Symbol.dispose]());

interface Rotation {
  /** The server's certificate until discovery is over, and afterwards. */
  readonly server: typeof ofPrevious;
  readonly later?: typeof ofPrevious;
  readonly bundle: readonly CertificateAuthority[];
  readonly pins: readonly CertificateAuthority[];
}

async function joinDuring({ server: identity, later = identity, bundle, pins }: Rotation) {
  const data = Buffer.from(bundle.map(({ certificatePem }) => certificatePem).join("")).toString("base64");
  const served: { kubeconfig: string } = { kubeconfig: "" };
  const answer = (path: string) => falseCluster(clusterInfoAnswer(served.kubeconfig))(path);
  await using afterwards = await falseServer(later, answer);
  await using server = await falseServer(identity, answer, { from: 3, to: afterwards.endpoint });
  const cluster = { server: `https://${server.endpoint}`, "certificate-authority-data": data };
  served.kubeconfig = JSON.stringify({ clusters: [{ name: "", cluster }] });
  const bootstrapToken = { token: stolenToken, apiServerEndpoint: server.endpoint, caCertHashes: pins.map(pinOf) };
  const ran = await joinOnMachine(
    program.path,
    { bootstrapToken, tlsBootstrapToken: stolenToken },
    { flags: ["-v=1"] },
  );
  return { ...ran, isTrusted: afterwards.asked.some(({ authorization }) => authorization !== undefined) };
}

test.each<[string, Rotation]>([
  ["one CA, pinned", { server: ofPrevious, bundle: [previous], pins: [previous] }],
  [
    "the server still under the previous CA, which is pinned",
    { server: ofPrevious, bundle: [previous, next], pins: [previous] },
  ],
  ["the server under the next CA already, which is pinned", { server: ofNext, bundle: [previous, next], pins: [next] }],
  [
    "the server under the previous CA, both pinned",
    { server: ofPrevious, bundle: [next, previous], pins: [previous, next] },
  ],
  ["one pin that fits among foreign ones", { server: ofNext, bundle: [next], pins: [foreign, next] }],
  [
    "a server that turns to the other CA of the bundle after it was verified",
    { server: ofPrevious, later: ofNext, bundle: [previous, next], pins: [previous] },
  ],
])("a join trusts %s", async (_, rotation) => {
  const { isTrusted, output } = await joinDuring(rotation);
  expect(output).toContain("TLS certificate validates against pinned roots");
  expect(isTrusted).toBe(true);
});

test("a server with a certificate of a CA in the bundle that is not pinned is not trusted, and the remedy is printed", async () => {
  const { isTrusted, output } = await joinDuring({ server: ofPrevious, bundle: [previous, next], pins: [next] });
  expect(isTrusted).toBe(false);
  expect(output).toContain("which cluster-info lists as a CA of the cluster but which is not pinned");
  expect(output).toContain("code: DISCOVERY_CA_NOT_PINNED");
  expect(output).toContain("join with all the hashes that it prints");
});

test("a pin that is of no CA of the bundle is refused", async () => {
  const { isTrusted, output } = await joinDuring({ server: ofPrevious, bundle: [previous, next], pins: [foreign] });
  expect(isTrusted).toBe(false);
  expect(output).toContain("code: DISCOVERY_CA_PIN_MISMATCH");
});

test("pinned, unpinned and trusted certificates are reported", async () => {
  const { output } = await joinDuring({ server: ofPrevious, bundle: [next, previous], pins: [previous] });
  const line = (start: string) => output.split("\n").find((each) => each.includes(start)) ?? "";
  expect(line("Pinned CA certificates of cluster-info:")).toMatch(/CN=previous, valid .*, sha256:[0-9a-f]{64}$/);
  expect(line("not trusted yet:")).toMatch(/CN=next, valid .*, sha256:[0-9a-f]{64}$/);
  expect(line("trusted from here on:")).toMatch(/CN=previous, .*; CN=next, /);
});
