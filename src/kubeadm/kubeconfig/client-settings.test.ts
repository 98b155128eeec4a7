import { describe, expect, test } from "vitest";
import { testAuthority } from "../../../test/fixtures/pki/authority.ts";
import type { Connections, Identity, ServerSettings } from "../../cluster/connections.ts";
import type { Event } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { memoryHost } from "../../host/memory.ts";
import { type ClientSettings, clientSettings } from "./client-settings.ts";
import { openKubeconfig } from "./open-kubeconfig.ts";
import { parseKubeconfig } from "./read-kubeconfig.ts";
import { requireValid } from "./validate-kubeconfig.ts";

const { certificatePem } = await testAuthority();
const data = btoa(certificatePem);
const machine = "the machine's CAs";
const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "plugin", interactiveMode: "Never" };

type Fields = Readonly<Record<string, unknown>>;

function kubeconfig(cluster: Fields, user: Fields = { token: "t" }, more: Fields = {}): string {
  return JSON.stringify({
    clusters: [{ name: "c", cluster: { server: "https://api:6443", ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
    ...more,
  });
}

function settings(text: string): Promise<ClientSettings & { readonly ran: boolean }> {
  let ran = false;
  const runExecPlugin = async (): Promise<Identity> => {
    ran = true;
    return {};
  };
  const made = clientSettings(parseKubeconfig(text), { runExecPlugin, machineAuthorities: async () => machine });
  return made.then((each) => ({ ...each, ran }));
}

describe("a client verifies its server", () => {
  test.each<[string, Fields, ServerSettings]>([
    ["by the CA of the file", { "certificate-authority-data": data }, { certificateAuthority: certificatePem }],
    ["by the machine's CAs where it names none", {}, { certificateAuthority: machine }],
    ["under another name", { "tls-server-name": "n" }, { certificateAuthority: machine, serverName: "n" }],
    ["not at all where it says so", { "insecure-skip-tls-verify": true }, { insecureSkipVerify: true }],
    [
      "by way of the proxy that it names",
      { "proxy-url": "http://u:p@proxy:3128" },
      { certificateAuthority: machine, proxy: "http://u:p@proxy:3128" },
    ],
  ])("%s", async (_, cluster, expected) => {
    expect((await settings(kubeconfig(cluster))).settings).toEqual(expected);
  });
});

describe("a client shows", () => {
  test("several credentials together, and runs no plugin then", async () => {
    const user = { token: "t", "client-certificate-data": btoa("C"), "client-key-data": btoa("K"), exec };
    const { identity, ran } = await settings(kubeconfig({}, user));
    expect([identity.token?.reveal(), identity.clientCertificate, identity.clientKey?.reveal()]).toEqual([
      "t",
      "C",
      "K",
    ]);
    expect(ran).toBe(false);
  });

  test("user and password", async () => {
    const { basicAuth } = (await settings(kubeconfig({}, { username: "a", password: "b" }))).identity;
    expect([basicAuth?.username, basicAuth?.password.reveal()]).toEqual(["a", "b"]);
  });

  test("what a plugin says, where there is nothing else", async () => {
    expect((await settings(kubeconfig({}, { exec }))).ran).toBe(true);
  });

  test("nothing to a server without TLS", async () => {
    const text = kubeconfig({ server: "http://api:8001", "insecure-skip-tls-verify": true });
    expect(await settings(text)).toMatchObject({ settings: {}, identity: {} });
  });
});

const creating = "failed to create API client:";
const configuring = "failed to create API client configuration from kubeconfig:";

describe("no client is made of", () => {
  test.each<[string, string, string]>([
    [
      "a CA that is not to be used",
      kubeconfig({ "certificate-authority-data": data, "insecure-skip-tls-verify": true }),
      `${creating} specifying a root certificates file with the insecure flag is not allowed`,
    ],
    [
      "a CA without certificates",
      kubeconfig({ "certificate-authority-data": btoa(certificatePem.replaceAll("CERT", "X509 CERT")) }),
      `${creating} unable to load root certificates: data does not contain any valid`,
    ],
    [
      "an auth provider",
      kubeconfig({}, { "auth-provider": { name: "oidc" } }),
      `${creating} no Auth Provider found for name "oidc"`,
    ],
    ["impersonation", kubeconfig({}, { token: "t", as: "x" }), `${creating} impersonation (as) is not supported`],
    [
      "a SOCKS proxy",
      kubeconfig({ "proxy-url": "socks5://u:p@x:1" }),
      `${creating} proxy-url "…@x:1" names a SOCKS proxy`,
    ],
    [
      "a server without a scheme",
      kubeconfig({ server: "api:6443" }),
      `${creating} the server "api:6443" is not an https URL`,
    ],
    [
      "a server with credentials in its URL",
      kubeconfig({ server: "https://u:secret@api" }),
      `${creating} the server has credentials in its URL`,
    ],
    [
      "a context that is not there",
      kubeconfig({}, {}, { "current-context": "y" }),
      `${configuring} context was not found for specified context: y`,
    ],
    ["nothing", "{}", `${configuring} invalid configuration: no configuration has been provided`],
    [
      "contradictions of the user",
      kubeconfig({}, { token: "t", username: "a", password: "b" }),
      `${configuring} invalid configuration: more than one authentication method found for u; found [token basicAuth]`,
    ],
  ])("%s", async (_, text, message) => {
    await expect(settings(text)).rejects.toThrow(message);
  });
});

describe("a discovery file is not valid with", () => {
  test.each<[string, string, string]>([
    ["a proxy of another scheme", kubeconfig({ "proxy-url": "ftp://u:p@x" }), 'unsupported scheme "ftp"'],
    ["a proxy that is no URL", kubeconfig({ "proxy-url": "http://[::1" }), "could not parse: http://[::1"],
    [
      "a CA in a file and in it",
      kubeconfig({ "certificate-authority": "/ca", "certificate-authority-data": data }),
      "certificate-authority-data and certificate-authority are both specified for c.",
    ],
    [
      "a certificate without a key",
      kubeconfig({}, { "client-certificate-data": data }),
      "client-key-data or client-key must be specified for u to use the clientCert authentication method.",
    ],
    [
      "a plugin without a mode",
      kubeconfig({}, { exec: { ...exec, interactiveMode: "" } }),
      "interactiveMode must be specified for u",
    ],
    [
      "a plugin of another mode",
      kubeconfig({}, { exec: { ...exec, interactiveMode: "X" } }),
      'invalid interactiveMode for u: "X"',
    ],
    [
      "a plugin without a command",
      kubeconfig({}, { exec: { ...exec, command: "" } }),
      "command must be specified for u",
    ],
    [
      "a plugin and a provider",
      kubeconfig({}, { exec, "auth-provider": { name: "oidc" } }),
      "authProvider cannot be provided in combination with an exec plugin for u",
    ],
    ["groups without a user", kubeconfig({}, { "as-groups": ["g"] }), "without impersonating a user"],
    ["a context without its user", kubeconfig({}, {}, { users: [] }), 'user "u" was not found for context "x"'],
  ])("%s", (_, text, message) => {
    expect(() => requireValid(parseKubeconfig(text))).toThrow(message);
  });

  test("a plugin of the previous version may leave its mode out", () => {
    const previous = { ...exec, apiVersion: "client.authentication.k8s.io/v1beta1", interactiveMode: "" };
    expect(() => requireValid(parseKubeconfig(kubeconfig({}, { exec: previous })))).not.toThrow();
  });
});

/** What the kubeconfig is opened with, on a machine with these files. */
async function open(text: string, onDisk: Readonly<Record<string, string>> = {}) {
  const told: Event[] = [];
  const { files, commands } = memoryHost({ files: onDisk });
  const opened: (readonly [string, ServerSettings, Identity])[] = [];
  const connections = {
    open: (...settings: readonly [string, ServerSettings, Identity]) => void opened.push(settings),
  } as unknown as Connections;
  await openKubeconfig(parseKubeconfig(text), "/a.conf", {
    ...{ files, commands, environment: {}, connections },
    events: eventsTo(
      (event) => told.push(event),
      () => new Date(0),
    ),
    signal: new AbortController().signal,
  });
  return { told, opened };
}

test("a kubeconfig that turns verification off is opened with a warning", async () => {
  const { told, opened } = await open(kubeconfig({ "insecure-skip-tls-verify": true }));
  expect(opened).toMatchObject([["https://api:6443", { insecureSkipVerify: true }, {}]]);
  expect(told).toMatchObject([
    { type: "warning", message: expect.stringContaining("/a.conf disables TLS verification") },
  ]);
});

test("files that a kubeconfig names are read, and only the certificates of the CA file are used", async () => {
  const text = kubeconfig({ "certificate-authority": "/ca" }, { tokenFile: "/t" });
  const { opened } = await open(text, { "/ca": `comment\n${certificatePem}`, "/t": "secret\n" });
  expect(opened).toMatchObject([["https://api:6443", { certificateAuthority: certificatePem }, {}]]);
  expect(opened[0]?.[2].token?.reveal()).toBe("secret");
});

test("a CA file that is not there makes no client", async () => {
  await expect(open(kubeconfig({ "certificate-authority": "/ca" }))).rejects.toMatchObject({
    code: "KUBECONFIG_INVALID",
    message: expect.stringContaining(
      "invalid configuration: unable to read certificate-authority /ca for c due to open",
    ),
  });
});
