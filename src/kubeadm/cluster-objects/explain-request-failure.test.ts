import { expect, it } from "vitest";
import { TransportError, type TransportErrorCode } from "../../cluster/transport.ts";
import type { ErrorCode } from "../../errors/catalogue.ts";
import { explainRequestFailure } from "./explain-request-failure.ts";

it.each<[TransportErrorCode, ErrorCode, patienceMs: number, remedy: string]>([
  ["refused", "CLUSTER_REQUEST_FAILED", Number.POSITIVE_INFINITY, "Check that the API server at 192.0.2.7:6443 runs"],
  ["client-certificate-unusable", "KUBECONFIG_INVALID", 0, "Correct client-certificate-data"],
  ["no-common-algorithm", "TLS_ALGORITHMS_REFUSED", 10_000, "ML-DSA"],
])("a request that fails as %s has the code %s", (failure, code, patienceMs, remedy) => {
  const error = new TransportError(failure, "https://192.0.2.7:6443/api", "what Go says");
  const explained = explainRequestFailure("unable to create ConfigMap", error);
  expect(explained).toMatchObject({ patienceMs, reason: "what Go says" });
  expect(explained.error).toMatchObject({ code, message: "unable to create ConfigMap: what Go says" });
  expect(explained.error.remedy).toContain(remedy);
});
