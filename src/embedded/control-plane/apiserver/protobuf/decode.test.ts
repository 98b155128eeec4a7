import { describe, expect, test } from "vitest";
import { decodeProtobuf } from "./decode.ts";

// A minimal writer of the wire format, so that the expectations do not depend on the reader.
function varint(value: number): number[] {
  const bytes = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return bytes;
}

type Content = number | string | readonly number[];

function field(number: number, content: Content): number[] {
  if (typeof content === "number") return [...varint(number * 8), ...varint(content)];
  const bytes = typeof content === "string" ? [...Buffer.from(content)] : content;
  return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
}

function message(...fields: readonly (readonly [number, Content])[]): number[] {
  return fields.flatMap(([number, content]) => field(number, content));
}

function envelope(apiVersion: string, kind: string, raw: readonly number[]): Uint8Array {
  const unknown = message([1, message([1, apiVersion], [2, kind])], [2, raw], [3, ""], [4, ""]);
  return Uint8Array.from([...Buffer.from("k8s\0"), ...unknown]);
}

describe("a protobuf request", () => {
  test("of a Secret has its bytes in base64, and no members that Go leaves out", () => {
    const metadata = message([1, "s"], [2, ""], [3, "kube-system"], [7, 0], [8, []], [11, message([1, "k"], [2, "v"])]);
    const raw = message(
      [1, metadata],
      [2, message([1, "a"], [2, "b"])],
      [2, message([1, "c"], [2, ""])],
      [3, "Opaque"],
    );
    expect(decodeProtobuf(envelope("v1", "Secret", raw))).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s", namespace: "kube-system", labels: { k: "v" } },
      data: { a: "Yg==", c: "" },
      type: "Opaque",
    });
  });

  test("of a CertificateSigningRequest keeps its usages in order", () => {
    const spec = message([1, "pem"], [5, "digital signature"], [5, "client auth"], [7, "signer"], [8, 600]);
    const raw = message([1, message([2, "csr-"])], [2, spec], [3, []]);
    expect(decodeProtobuf(envelope("certificates.k8s.io/v1", "CertificateSigningRequest", raw))).toMatchObject({
      metadata: { generateName: "csr-" },
      spec: {
        request: "cGVt",
        usages: ["digital signature", "client auth"],
        signerName: "signer",
        expirationSeconds: 600,
      },
    });
  });

  test("of a Node reads quantities and times", () => {
    const condition = message([1, "Ready"], [2, "True"], [3, message([1, 1_767_225_600], [2, 0])]);
    const status = message([1, message([1, "cpu"], [2, message([1, "2"])])], [4, condition]);
    const raw = message([1, message([1, "w1"])], [3, status]);
    expect(decodeProtobuf(envelope("v1", "Node", raw))).toMatchObject({
      metadata: { name: "w1" },
      status: {
        capacity: { cpu: "2" },
        conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: "2026-01-01T00:00:00Z" }],
      },
    });
  });

  test("of a Lease reads microseconds and keeps a zero that was set on purpose", () => {
    const spec = message([1, "w1"], [2, 40], [4, message([1, 1_767_225_600], [2, 5_000_000])], [5, 0]);
    const raw = message([1, message([1, "w1"])], [2, spec]);
    expect(decodeProtobuf(envelope("coordination.k8s.io/v1", "Lease", raw))).toMatchObject({
      spec: {
        holderIdentity: "w1",
        leaseDurationSeconds: 40,
        renewTime: "2026-01-01T00:00:00.005000Z",
        leaseTransitions: 0,
      },
    });
  });

  test("of a Pod flattens embedded messages and reads ports that are names or numbers", () => {
    const volume = message([1, "certs"], [2, message([1, message([1, "/etc"])])]);
    const probe = message(
      [1, message([2, message([1, "/livez"], [2, message([1, 1], [2, 0], [3, "probe-port"])])])],
      [4, 10],
    );
    const container = message([1, "c"], [10, probe]);
    const raw = message([1, message([1, "p"])], [2, message([1, volume], [2, container])]);
    expect(decodeProtobuf(envelope("v1", "Pod", raw))).toMatchObject({
      spec: {
        volumes: [{ name: "certs", hostPath: { path: "/etc" } }],
        containers: [
          { name: "c", livenessProbe: { httpGet: { path: "/livez", port: "probe-port" }, periodSeconds: 10 } },
        ],
      },
    });
  });

  test("of options reads those of meta/v1", () => {
    const raw = message([2, message([1, "uid-1"])], [5, "All"]);
    expect(decodeProtobuf(envelope("v1", "DeleteOptions", raw))).toMatchObject({
      preconditions: { uid: "uid-1" },
      dryRun: ["All"],
    });
  });

  test("skips fields that it does not know", () => {
    const raw = message([1, message([1, "c"])], [99, "new"]);
    expect(decodeProtobuf(envelope("v1", "ConfigMap", raw))).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "c" },
    });
  });

  test.each<[string, Uint8Array, string]>([
    ["lacks the magic bytes", Uint8Array.from([1, 2, 3, 4]), "does not appear to be a protobuf message"],
    ["is cut short", envelope("v1", "ConfigMap", message([1, message([1, "c"])])).subarray(0, 12), "unexpected EOF"],
    ["is of an unknown kind", envelope("v1", "Frob", []), 'no kind "Frob" is registered'],
  ])("is refused where it %s", (_name, bytes, error) => {
    expect(() => decodeProtobuf(bytes)).toThrow(error);
  });
});
