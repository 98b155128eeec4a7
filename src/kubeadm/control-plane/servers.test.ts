import { expect, test } from "vitest";
import { controlPlaneNode } from "../../../test/fixtures/kubeadm/certificates/certificates.ts";
import { controlPlaneServer } from "./servers.ts";

test.each([
  ["", "https://192.0.2.10:6443"],
  ["lb.example.org:8443", "https://lb.example.org:8443"],
  ["[2001:db8::1]:6443", "https://[2001:db8::1]:6443"],
  ["[lb]:6443", "https://lb:6443"],
])("the endpoint %j is reached at %s", (controlPlaneEndpoint, server) => {
  expect(controlPlaneServer(controlPlaneNode({ controlPlaneEndpoint }))).toBe(server);
});
