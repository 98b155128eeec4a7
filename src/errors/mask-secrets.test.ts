import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { longSecrets, tokenSecrets } from "../../test/fixtures/errors/secrets.ts";
import { processorMs } from "../../test/fixtures/processor-time.ts";
import { maskLines, maskSecrets } from "./mask-secrets.ts";
import { foreignLines, foreignText } from "./printable-text.ts";

const key = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIBkg\nabcdefgh=\n-----END EC PRIVATE KEY-----";
const body = "MHcCAQEEIBkgMHcCAQEEIBkg";

describe("maskSecrets", () => {
  it.each([
    ["a token", "token abcdef.0123456789abcdef is", "token abcdef.[redacted] is"],
    ["a URL's password", 'Get "https://u:p:w@x@192.0.2.1:6443/": no', 'Get "https://u:xxxxx@192.0.2.1:6443/": no'],
    ["a private key", `a ${key} b`, "a [redacted] b"],
    ["two private keys", `a ${key} b ${key}`, "a [redacted] b [redacted]"],
    ["a key whose line breaks are escaped", key.replaceAll("\n", "\\n"), "[redacted]"],
    ["a key with an end of another kind", key.replace("END EC", "END RSA"), "[redacted]"],
    ["a key within another's lines", `-----BEGIN PRIVATE KEY-----\n${key} c`, "[redacted] c"],
    ["a key that is cut off", `a -----BEGIN PRIVATE KEY-----\n${body}`, "a [redacted]"],
    [
      "a key that is cut off before its body is long",
      "a -----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqG",
      "a [redacted]",
    ],
    [
      "the end of a key",
      "Gf3k\nabcdef==\n-----END EC PRIVATE KEY----- b",
      "[redacted]\n-----END EC PRIVATE KEY----- b",
    ],
    ["a token between underscores", "x_abcdef.0123456789abcdef_y", "x_abcdef.[redacted]_y"],
    [
      "a token behind an escaped line break",
      String.raw`a\nabcdef.0123456789abcdef\nb`,
      String.raw`a\nabcdef.[redacted]\nb`,
    ],
    ["a token behind a color", "\u001b[32mabcdef.0123456789abcdef\u001b[0m", "\u001b[32mabcdef.[redacted]\u001b[0m"],
    ["a token that a line break cuts", "abcdef.01234567\n  89abcdef is", "abcdef.[redacted] is"],
    ["a token that was shortened", "token abcdef.0123456789ab...", "token abcdef.[redacted]..."],
    ["a token without the beginning of its ID", "def.0123456789abcdef is", "def.[redacted] is"],
    ["a key in a kubeconfig", `client-key-data: ${Buffer.from(key).toString("base64")}`, "client-key-data: [redacted]"],
    [
      "a key behind its certificate, both in base64",
      Buffer.from(`-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n${key}`).toString("base64"),
      "[redacted]",
    ],
    ["what stands behind Bearer", "Authorization: Bearer opaque-token-1", "Authorization: Bearer [redacted]"],
    ["a certificate key", `--certificate-key ${"0123456789abcdef".repeat(4)}`, "--certificate-key [redacted]"],
    [
      "a certificate key on two lines",
      `key ${"0123456789abcdef".repeat(2)}\n${"0123456789abcdef".repeat(2)}`,
      "key [redacted]",
    ],
    [
      "a number behind a digest",
      `sha256:${"0123456789abcdef".repeat(4)}\n${"fedcba9876543210".repeat(4)}`,
      `sha256:${"0123456789abcdef".repeat(4)}\n[redacted]`,
    ],
    ["a cut key behind a whole one", `${key} -----BEGIN PRIVATE KEY-----\\n${body}`, "[redacted] [redacted]"],
  ])("masks %s", (_, text, masked) => expect(maskSecrets(text)).toBe(masked));

  it.each([
    ["a URL's port and digest", "https://192.0.2.1:6443/a@b and r.io/x:v1@sha256:aa"],
    ["a certificate", "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----"],
    ["the hash of a CA", `--discovery-token-ca-cert-hash sha256:${"0123456789abcdef".repeat(4)}`],
    ["the digest of an image", `registry.k8s.io/pause@sha256:${"0123456789abcdef".repeat(4)}`],
    ["the ID of a container", `containerID="containerd://${"0123456789abcdef".repeat(4)}"`],
    ["the ID of a sandbox", `failed to stop sandbox \\"${"0123456789abcdef".repeat(4)}\\": no`],
    ["a container in a path", `/run/containerd/runc/k8s.io/${"0123456789abcdef".repeat(4)}/log.json`],
    ["a container in a cgroup", `cri-containerd-${"0123456789abcdef".repeat(4)}.scope`],
    ["groups in base64", "auth-extra-groups: c3lzdGVtOmJvb3RzdHJhcHBlcnM6a3ViZWFkbTpkZWZhdWx0LW5vZGUtdG9rZW4="],
    [
      "the signature of cluster-info",
      "jws-kubeconfig-abcdef: eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9..rh3cVKiU2mdt3CqHzC81sNE-4WQLRHMtXduHWfSbrIM\nkubeconfig: |",
    ],
    ["a commit", "0123456789abcdef0123456789abcdef01234567"],
    ["a UID", "0b1f6471-26a1-4b1f-9a52-0d1ef1c3f7a2"],
    ["the name of a request", "node-csr-aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5zA7bC9d"],
    ["a type in one of Go's errors", "of type []v1beta1.ShutdownGracePeriodByPodPriority"],
    [
      "a CA in a kubeconfig",
      `certificate-authority-data: ${Buffer.from(`-----BEGIN CERTIFICATE-----\n${"MIIBfzCCASWgAwIBAgIBATAK".repeat(9)}\n`).toString("base64")}`,
    ],
    ["the end of a certificate", `aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5zA7bC9d+/a\n-----END CERTIFICATE-----`],
    [
      "the path of a cloud's resource",
      "/subscriptions/0b1f6471-26a1-4b1f-9a52-0d1ef1c3f7a2/resourceGroups/MC_rg1_cluster/providers/Microsoft.Compute",
    ],
    ["a name in capitals and small letters", "ValidatingAdmissionPolicyBindingV1Beta1ListOptions2"],
    ["cipher suites", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384"],
    ["the name of an event", "kube-apiserver-cp1.17f3a2b4c5d6e7f8"],
    ["a file and a unit", "see config.yaml and docker.service"],
    ["two lines that end and begin with words", "started docker.service\nrestarted"],
    ["a key's first line by itself", "expected -----BEGIN PRIVATE KEY----- in x"],
    ["a key's last line by itself", "no -----END PRIVATE KEY-----"],
  ])("leaves %s", (_, text) => expect(maskSecrets(text)).toBe(text));

  it("lets no body of a key through, whatever is around it", () => {
    const noise = fc.constantFrom("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "x ", "-----", key);
    fc.assert(
      fc.property(fc.array(noise), fc.array(noise), (before, after) => {
        expect(maskSecrets([...before, key, ...after].join(""))).not.toContain("MHcCAQEEIBkg");
      }),
    );
  });

  /** What is left in the lines, without the breaks between them. */
  const unfolded = (text: string) => text.replaceAll(/(?:\r?\n|\\{1,8}[nr])[ \t]*/g, "");
  const partsOf = (text: string, length: number) =>
    Array.from({ length: text.length - length + 1 }, (_, at) => text.slice(at, at + length));

  const log = 'E1126 15:04:05.123456    686 run.go:72] "command failed" err="open /etc/kubernetes/pki/ca.key: no"';
  const around = fc.array(fc.constantFrom(log, "  data:", "Error: exit status 1", "", "kind: Secret"), {
    maxLength: 3,
  });
  const lineBreaks = fc.constantFrom("\n", "\n    ", "\r\n", "\\n", "\\\\n");

  it("lets nothing through that tells a secret, wherever lines begin and a text is cut", () => {
    const places = fc.record({ from: fc.nat(3_000), to: fc.nat(3_000), width: fc.integer({ min: 24, max: 120 }) });
    const prefixes = fc.constantFrom("", "client-key-data: ", "Bearer ", "token=", '"', "  | ", "key_", "m");
    fc.assert(
      fc.property(
        longSecrets,
        prefixes,
        around,
        around,
        lineBreaks,
        places,
        (secret, prefix, before, after, lineBreak, cut) => {
          const written = `${prefix}${secret.written(cut.width, lineBreak)}`;
          const whole = [...before, written, ...after].join("\n");
          const text = whole.slice(cut.from % whole.length).slice(0, 1 + cut.to);
          for (const shown of [maskSecrets(text), maskLines(text.split("\n")).join("\n")]) {
            const rest = unfolded(shown);
            expect(partsOf(secret.text, secret.tells).filter((part) => rest.includes(part))).toEqual([]);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("lets less than half of a token's secret through, wherever it is cut or folded", () => {
    const fillings = fc.constantFrom("", " ", "\n", "\\n", '"', "_", "=", "\t");
    const ends = fc.constantFrom("", "…", "...", " ");
    fc.assert(
      fc.property(
        tokenSecrets,
        fillings,
        ends,
        fc.nat(16),
        fc.nat(6),
        lineBreaks,
        (secret, filling, end, at, id, lineBreak) => {
          const whole = `abcdef.${secret}`;
          const texts = [
            `--token${filling || " "}${whole.slice(0, 7 + at)}${end}`,
            `${whole.slice(id)}${filling}`,
            `token ${whole.slice(0, 1 + at)}${lineBreak}${whole.slice(1 + at)} is`,
          ];
          for (const text of texts) {
            const rest = unfolded(maskSecrets(text));
            expect(partsOf(secret, 9).filter((part) => rest.includes(part))).toEqual([]);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("masks lines together, and shows one line for what stands on several", () => {
    const lines = ["before", ...key.split("\n"), "after"];
    expect(foreignLines(lines)).toEqual(["before", "[redacted]", "after"]);
    expect(foreignLines(["a\nb", "abcdef.0123456789abcdef"])).toEqual(["a\\nb", "abcdef.[redacted]"]);
  });

  it("is done before a text is cut, so that no half of a secret is left", () => {
    for (let length = 1_900; length < 2_060; length++) {
      const shown = foreignText(`${"x".repeat(length)} ${key} abcdef.0123456789abcdef`);
      expect(shown).not.toMatch(/MHc|\.0123/);
    }
  });

  // Each of these kept a quadratic expression busy for minutes.
  it.each([
    ["first lines of keys", "-----BEGIN PRIVATE KEY-----"],
    ["first lines of ever other keys", "-----BEGIN A B PRIVATE KEY-----\n-----BEGIN C PRIVATE KEY-----"],
    ["dashes", "-----"],
    ["half a first line", "-----BEGIN "],
    ["capitals behind it", "-----BEGIN AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA "],
    ["what may be tokens", "abcdef."],
    ["what may be URLs", "https://u:"],
    ["what may be one URL", ":"],
    ["lines of one word", "a\n"],
    ["escaped line breaks", String.raw`a\n`],
    ["backslashes", "\\\\"],
    ["indents", `a\n${" ".repeat(500)}`],
    ["halves of tokens", "abcdef\n.\n0123456789.\n"],
    ["labels without values", "client-key-data: "],
  ])("takes a megabyte of %s", { timeout: 300_000 }, async (_, part) => {
    const text = part.repeat(Math.ceil(1_000_000 / part.length));
    expect(await processorMs(() => expect(maskSecrets(text)).toBe(text))).toBeLessThan(15_000);
  });
});
