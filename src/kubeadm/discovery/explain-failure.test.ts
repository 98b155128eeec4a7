import { expect, it } from "vitest";
import { TransportError, type TransportErrorCode } from "../../cluster/transport.ts";
import type { ErrorCode } from "../../errors/catalogue.ts";
import { failureExplainer } from "./explain-failure.ts";

const server = "https://192.0.2.7:6443";

async function told(code: TransportErrorCode, isDiscovered: boolean) {
  const { explain } = failureExplainer({
    server,
    isDiscovered,
    context: "failed to get config map",
    refusal: { code: "CLUSTER_READ_FAILED" },
    inspect: async () => undefined,
    now: () => new Date(0),
    signal: new AbortController().signal,
  });
  const { error } = await explain(new TransportError(code, `${server}/api`, "what Go says"));
  return { code: error.code, remedy: error.remedy };
}

it.each<[failure: TransportErrorCode, code: ErrorCode]>([
  ["refused", "CLUSTER_UNREACHABLE"],
  ["host-not-found", "CLUSTER_UNREACHABLE"],
  ["certificate-untrusted", "DISCOVERY_TLS_UNTRUSTED"],
  ["certificate-name-mismatch", "DISCOVERY_TLS_UNTRUSTED"],
])("a failure after discovery names the server that discovery led to: %s", async (failure, code) => {
  const { code: found, remedy } = await told(failure, true);
  expect(found).toBe(code);
  expect(remedy).toContain(`returned ${server}`);
  expect(remedy).toContain("correct `server` in the ConfigMap kube-public/cluster-info");
});

it("a server that takes none of the algorithms is not one that cannot be reached, nor one that is no API server", async () => {
  const { code, remedy } = await told("no-common-algorithm", true);
  expect(code).toBe("TLS_ALGORITHMS_REFUSED");
  expect(remedy).toContain("ML-DSA");
  expect(remedy).toContain("--tls-cipher-suites");
});

it.each<[TransportErrorCode]>([["refused"], ["certificate-untrusted"]])(
  "a failure of discovery itself says nothing of another server: %s",
  async (failure) => {
    expect((await told(failure, false)).remedy).not.toContain("led to");
  },
);
