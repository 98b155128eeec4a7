import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runToken, type Surroundings } from "../../../../test/fixtures/cli/commands/token/token.ts";
import { type ControlPlane, resources, startControlPlane } from "../../../embedded/control-plane/index.ts";

const token = "abcdef.0123456789abcdef";
const group = "system:bootstrappers:kubeadm:default-node-token";

let controlPlane: ControlPlane;
beforeEach(async () => {
  controlPlane = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256", stoppedControllers: ["tokencleaner"] });
});
afterEach(() => controlPlane.close());

const kubeadm = (line: string | readonly string[], surroundings?: Surroundings) =>
  runToken(controlPlane, line, surroundings);

function stored(id: string): Readonly<Record<string, string>> | undefined {
  const secret = controlPlane.storage.get(resources.secrets, {
    namespace: "kube-system",
    name: `bootstrap-token-${id}`,
  });
  const data = secret?.["data"] as Readonly<Record<string, string>> | undefined;
  if (data === undefined) return undefined;
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64").toString()]));
}

const remaining = (id: string) => Date.parse(stored(id)?.["expiration"] ?? "") - Date.now();

describe("token create", () => {
  it("keeps the given token for a day and prints it", async () => {
    expect(await kubeadm(["create", token])).toEqual({ status: 0, stdout: `${token}\n`, stderr: "" });
    expect(stored("abcdef")).toEqual({
      "token-id": "abcdef",
      "token-secret": "0123456789abcdef",
      "auth-extra-groups": group,
      "usage-bootstrap-authentication": "true",
      "usage-bootstrap-signing": "true",
      expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    expect(remaining("abcdef") / 3_600_000).toBeCloseTo(24, 1);
  });

  it("asks what upstream's was recorded to ask, then signs cluster-info", async () => {
    controlPlane.controllers.stop("bootstrapsigner");
    const before = controlPlane.requests.all.length;
    await kubeadm(["create", token]);
    expect(controlPlane.requests.all.slice(before).map(({ verb, code }) => `${verb} ${code}`)).toEqual([
      "get 404",
      "create 201",
      "get 200",
      "patch 200",
    ]);
  });

  it("makes a random token without an argument", async () => {
    const { status, stdout } = await kubeadm("create");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}\n$/);
    expect(stored(stdout.slice(0, 6))?.["token-secret"]).toBe(stdout.trim().slice(7));
  });

  it("keeps what the flags say", async () => {
    const flags = ["--ttl=0", "--description=for w1", "--usages=authentication", `--groups=${group},${group}s`];
    expect((await kubeadm(["create", token, ...flags])).status).toBe(0);
    expect(stored("abcdef")).toEqual({
      "token-id": "abcdef",
      "token-secret": "0123456789abcdef",
      description: "for w1",
      "auth-extra-groups": `${group},${group}s`,
      "usage-bootstrap-authentication": "true",
    });
  });

  it("prints the line that joins a worker, and one for a control plane", async () => {
    const worker = await kubeadm(["create", token, "--print-join-command"]);
    const line = `kubeadm join ${controlPlane.endpoint} --token ${token} --discovery-token-ca-cert-hash ${controlPlane.caPin} `;
    expect(worker).toEqual({ status: 0, stdout: `${line}\n`, stderr: "" });
    const other = token.replace("abcdef", "abcdeg");
    const key = "f".repeat(64);
    const control = await kubeadm(["create", other, "--print-join-command", "--certificate-key", key]);
    expect(control.stdout).toBe(`${line.replace(token, other)}--control-plane --certificate-key ${key}\n`);
  });

  it("makes all tokens of a file and prints the first", async () => {
    const file = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
bootstrapTokens:
- {token: ${token}, ttl: 0s}
- {token: bbbbbb.0123456789abcdef, ttl: 1h, description: second}
`;
    const files = { "/etc/kubernetes/admin.conf": controlPlane.adminKubeconfig, "/c.yaml": file };
    expect(await kubeadm("create --config /c.yaml", { files })).toMatchObject({ status: 0, stdout: `${token}\n` });
    expect(stored("abcdef")?.["expiration"]).toBeUndefined();
    expect(stored("bbbbbb")).toMatchObject({ description: "second", "auth-extra-groups": group });
  });

  it.each([
    ["a malformed token", "create nope", 'the bootstrap token "nope" was not of the form "\\\\A([a-z0-9]{6})\\\\.'],
    ["unknown usages", "create --usages x,signing,a", 'bootstrapTokens.0.usages: Invalid value: ["x","signing","a"]'],
    ["a group of another kind", "create --groups g", 'bootstrapTokens.0.groups: Invalid value: ["g"]: bootstrap group'],
    ["groups without authentication", "create --usages signing", "token groups cannot be specified unless --usages"],
    ["flags together with a file", "create --config /c --ttl 1h", "can not mix '--config' with arguments [ttl]"],
    ["a file that is missing", "create --config /c", 'unable to read config from "/c" : open /c: no such file'],
    ["a malformed duration", "create --ttl soon", 'invalid argument "soon" for "--ttl" flag: time: invalid duration'],
  ])("refuses %s", async (_, line, message) => {
    const { status, stdout, stderr } = await kubeadm(line);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(message);
    expect(controlPlane.requests.all.filter(({ verb }) => verb === "create")).toEqual([]);
  });

  it("says that the id is there already, and shows no secret in saying so", async () => {
    await kubeadm(["create", token]);
    const { status, stderr } = await kubeadm(["create", "abcdef.ffffffffffffffff"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: a token with id "abcdef" already exists\n/);
    expect(stderr).not.toContain("ffff");
    expect(stored("abcdef")?.["token-secret"]).toBe("0123456789abcdef");
  });

  it("writes nothing in a dry run, and shows all but the secret", async () => {
    const { status, stdout } = await kubeadm(["create", token, "--dry-run"]);
    expect(status).toBe(0);
    expect(stdout).toContain('[dryrun] Would perform action CREATE on resource "secrets" in API group "core/v1"');
    expect(stdout).toContain("token-secret: '[redacted]'");
    expect(stdout).not.toContain(Buffer.from("0123456789abcdef").toString("base64"));
    expect(stored("abcdef")).toBeUndefined();
  });

  it("asks a server again that is only starting, and believes one that refuses", async () => {
    const match = { resource: "secrets", verb: "create" } as const;
    controlPlane.faults.add({ match, times: 2, action: { kind: "status", code: 503 } });
    expect((await kubeadm(["create", token])).status).toBe(0);
    controlPlane.faults.add({ match, action: { kind: "status", code: 403 } });
    const { status, stderr } = await kubeadm("create");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: unable to create \*v1\.Secret: /);
  });
});

describe("token list", () => {
  it("prints nothing where there is no token", async () => {
    expect(await kubeadm("list")).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it("prints upstream's table", async () => {
    await kubeadm(["create", token]);
    await kubeadm(["create", "bbbbbb.0123456789abcdef", "--ttl=0", "--usages=authentication", "--description=w"]);
    const { stdout } = await kubeadm("list");
    expect(stdout.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/, "2026-05-02T10:00:00Z")).toBe(
      `TOKEN                     TTL         EXPIRES                USAGES                   DESCRIPTION                                                EXTRA GROUPS
abcdef.0123456789abcdef   23h         2026-05-02T10:00:00Z   authentication,signing   <none>                                                     system:bootstrappers:kubeadm:default-node-token
bbbbbb.0123456789abcdef   <forever>   <never>   authentication           w                                                          system:bootstrappers:kubeadm:default-node-token
`,
    );
  });

  it("prints JSON as upstream does", async () => {
    await kubeadm(["create", token, "--ttl=0"]);
    expect((await kubeadm("list -o json")).stdout).toBe(`{
    "kind": "BootstrapToken",
    "apiVersion": "output.kubeadm.k8s.io/v1alpha3",
    "token": "abcdef.0123456789abcdef",
    "usages": [
        "authentication",
        "signing"
    ],
    "groups": [
        "system:bootstrappers:kubeadm:default-node-token"
    ]
}
`);
  });

  it("prints YAML with a separator between documents", async () => {
    for (const id of ["aaaaaa", "bbbbbb"]) await kubeadm(["create", `${id}.0123456789abcdef`, "--ttl=0"]);
    const [first, second, ...more] = (await kubeadm("list -o yaml")).stdout.split("---\n");
    expect(more).toEqual([]);
    expect(first).toMatch(
      /^apiVersion: output\.kubeadm\.k8s\.io\/v1alpha3\ngroups:\n- .*\nkind: BootstrapToken\ntoken: aaaaaa/,
    );
    expect(second).toContain("token: bbbbbb.0123456789abcdef\n");
  });

  it("prints KYAML", async () => {
    await kubeadm(["create", token, "--ttl=0"]);
    expect((await kubeadm("list -o kyaml")).stdout).toBe(`---
{
  kind: "BootstrapToken",
  apiVersion: "output.kubeadm.k8s.io/v1alpha3",
  token: "abcdef.0123456789abcdef",
  usages: [
    "authentication",
    "signing",
  ],
  groups: [
    "system:bootstrappers:kubeadm:default-node-token",
  ],
}
`);
  });

  it("names a Secret that is no token on stderr and continues", async () => {
    await kubeadm(["create", token]);
    const metadata = { namespace: "kube-system", name: "bootstrap-token-broken" };
    const broken = { apiVersion: "v1", kind: "Secret", metadata, type: "bootstrap.kubernetes.io/token", data: {} };
    controlPlane.storage.create(resources.secrets, broken);
    const { status, stdout, stderr } = await kubeadm("list");
    expect(status).toBe(0);
    expect(stdout).toContain(token);
    expect(stderr).toBe("bootstrap Token Secret has no token-id data: bootstrap-token-broken\n");
  });

  it("prints through a template, one token after the other", async () => {
    await kubeadm(["create", token]);
    await kubeadm(["create", "abcdeg.0123456789abcdef"]);
    const template = 'jsonpath={.token}{range .usages[*]} {@}{end}{"\\n"}';
    expect((await kubeadm(["list", "-o", template])).stdout).toBe(
      `${token} authentication signing\nabcdeg.0123456789abcdef authentication signing\n`,
    );
  });

  it("escapes in JSON what Go escapes", async () => {
    await kubeadm(["create", token, "--description", "<a> & b"]);
    expect((await kubeadm("list -o json")).stdout).toContain('"description": "\\u003ca\\u003e \\u0026 b"');
  });

  it("refuses a form that there is not", async () => {
    const { status, stderr } = await kubeadm(["list", "-o", "bogus"]);
    expect(status).toBe(1);
    expect(stderr).toContain(
      'error: could not construct output printer: unable to match a printer suitable for the output format "bogus", allowed formats are: go-template,',
    );
  });

  it("shows no token in the error of a template that does not fit", async () => {
    await kubeadm(["create", token]);
    const { status, stdout, stderr } = await kubeadm(["list", "-o", "go-template={{.token.x}}"]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain("can't evaluate field x in type interface {}");
    expect(stderr).not.toContain("0123456789abcdef");
  });
});

describe("token delete", () => {
  it("deletes by id and by whole token, several at once", async () => {
    for (const id of ["aaaaaa", "bbbbbb"]) await kubeadm(["create", `${id}.0123456789abcdef`]);
    expect(await kubeadm("delete aaaaaa bbbbbb.0123456789abcdef")).toEqual({
      status: 0,
      stdout: 'bootstrap token "aaaaaa" deleted\nbootstrap token "bbbbbb" deleted\n',
      stderr: "",
    });
    expect([stored("aaaaaa"), stored("bbbbbb")]).toEqual([undefined, undefined]);
  });

  it("stops at the first that cannot be deleted", async () => {
    for (const id of ["aaaaaa", "bbbbbb"]) await kubeadm(["create", `${id}.0123456789abcdef`]);
    const { status, stdout, stderr } = await kubeadm("delete aaaaaa zzzzzz bbbbbb");
    expect({ status, stdout }).toEqual({ status: 1, stdout: 'bootstrap token "aaaaaa" deleted\n' });
    expect(stderr).toMatch(
      /^error: failed to delete bootstrap token "zzzzzz": secrets "bootstrap-token-zzzzzz" not found\n/,
    );
    expect(stored("bbbbbb")).toBeDefined();
  });

  it("wants a token, and one that looks like one", async () => {
    expect((await kubeadm("delete")).stderr).toContain(
      "error: missing argument; 'token delete' is missing token of form",
    );
    expect((await kubeadm("delete nope")).stderr).toContain("error: given token didn't match pattern");
  });

  it("deletes nothing in a dry run", async () => {
    await kubeadm(["create", token]);
    const { stdout } = await kubeadm("delete abcdef --dry-run");
    expect(stdout).toContain('[dryrun] Would perform action DELETE on resource "secrets" in API group "core/v1"');
    expect(stored("abcdef")).toBeDefined();
  });
});

describe("the kubeconfig of the token commands", () => {
  const empty = "apiVersion: v1\nkind: Config\n";

  it.each<readonly [string, readonly string[], Readonly<Record<string, string>>, Readonly<Record<string, string>>]>([
    ["is admin.conf where no one has one", [], {}, { "/etc/kubernetes/admin.conf": "*" }],
    [
      "is the caller's own before admin.conf",
      [],
      {},
      { "/root/.kube/config": "*", "/etc/kubernetes/admin.conf": empty },
    ],
    ["is the first there is of KUBECONFIG", [], { KUBECONFIG: "/a:/b" }, { "/b": "*", "/root/.kube/config": empty }],
    ["is that of --kubeconfig before all", ["--kubeconfig", "/k"], { KUBECONFIG: "/b" }, { "/k": "*", "/b": empty }],
    ["is looked for where --kubeconfig is empty", ["--kubeconfig="], {}, { "/root/.kube/config": "*" }],
  ])("%s", async (_, flags, environment, files) => {
    const real = Object.entries(files).map(([path, text]) => [
      path,
      text === "*" ? controlPlane.adminKubeconfig : text,
    ]);
    const outcome = await kubeadm(["list", ...flags], { environment, files: Object.fromEntries(real) });
    expect(outcome).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it.each([
    ["list", {}, "error: failed to load admin kubeconfig: open /root/.kube/config: no such file or directory\n"],
    ["list", { KUBECONFIG: "/a:/b" }, "error: failed to load admin kubeconfig: open /a: no such file or directory\n"],
    ["create --dry-run", {}, "error: failed to load kubeconfig: open /root/.kube/config: no such file or directory\n"],
    ["list --kubeconfig /x", {}, "error: failed to load admin kubeconfig: open /x: no such file or directory\n"],
  ])("is named when there is none: %s", async (line, environment, message) => {
    const { status, stderr } = await kubeadm(line, { environment, files: {} });
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });
});

it("token generate prints a token without any cluster", async () => {
  const { status, stdout } = await kubeadm("generate", { files: {} });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}\n$/);
});
