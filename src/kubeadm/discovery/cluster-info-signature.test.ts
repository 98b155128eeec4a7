import { describe, expect, it } from "vitest";
import { Secret } from "../../errors/secret.ts";
import { clusterInfoSignatures, isSignedBy } from "./cluster-info-signature.ts";

const token = { id: "abcdef", secret: new Secret("0123456789abcdef") };
const content = "apiVersion: v1\nclusters: ü\n";
/** Computed by k8s.io/cluster-bootstrap v0.37.2, token/jws. */
const signature = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9..-jumPIrXOe-imyweo4Fk-DfNSKpYHgLkakc1-UjmZRU";

describe("the signatures of cluster-info", () => {
  it("are byte for byte those of the bootstrap signer of the controller manager", () => {
    expect(clusterInfoSignatures(content, [token])).toEqual({ "jws-kubeconfig-abcdef": signature });
  });

  it("are one for each token, each by its own secret", () => {
    const other = { id: "ghijkl", secret: new Secret("ghijklmnopqrstuv") };
    const signatures = clusterInfoSignatures(content, [token, other]);
    expect(Object.keys(signatures)).toEqual(["jws-kubeconfig-abcdef", "jws-kubeconfig-ghijkl"]);
    expect(isSignedBy(content, signatures["jws-kubeconfig-ghijkl"] ?? "", other)).toBe(true);
    expect(isSignedBy(content, signatures["jws-kubeconfig-ghijkl"] ?? "", token)).toBe(false);
  });

  it("verify only the text that was signed", () => {
    expect(isSignedBy(content, signature, token)).toBe(true);
    expect(isSignedBy(`${content} `, signature, token)).toBe(false);
  });
});
