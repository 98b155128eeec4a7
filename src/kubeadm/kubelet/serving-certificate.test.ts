import { expect, test } from "vitest";
import { ApiStatusError, type Cluster } from "../../cluster/cluster.ts";
import type { CertificateSigningRequest } from "../../cluster/resources.ts";
import type { Event } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { memoryHost } from "../../host/memory.ts";
import type { KubeletArgument } from "./kubelet-environment.ts";
import { warnOfServingCertificate } from "./serving-certificate.ts";

const header = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";
const on = `${header}serverTLSBootstrap: true\n`;

interface Setting {
  readonly configuration?: string;
  readonly flags?: readonly KubeletArgument[];
  /** What an administrator finds; no one is one without it. */
  readonly requests?: readonly CertificateSigningRequest[] | Error;
}

async function warned({ configuration, flags = [], requests }: Setting) {
  const host = memoryHost({
    files: configuration === undefined ? {} : { "/var/lib/kubelet/config.yaml": configuration },
  });
  const told: Event[] = [];
  const asked: unknown[] = [];
  const list = async (_type: unknown, { fieldSelector }: { readonly fieldSelector?: string }) => {
    asked.push(fieldSelector);
    if (requests instanceof Error) throw requests;
    return requests;
  };
  await warnOfServingCertificate(flags, {
    files: host.files,
    events: eventsTo((event) => told.push(event), host.clock.now),
    signal: new AbortController().signal,
    ...(requests === undefined ? {} : { administrator: async () => ({ list }) as unknown as Cluster }),
  });
  return { asked, warnings: told.flatMap((event) => (event.type === "warning" ? [event.message] : [])) };
}

test("a kubelet that requests its serving certificate causes a warning, with what fails and the commands that approve the request", async () => {
  const { warnings, asked } = await warned({ configuration: on });
  expect(warnings).toHaveLength(1);
  for (const words of [
    "serverTLSBootstrap",
    "Kubernetes does not approve such requests automatically",
    "`kubectl logs` and `kubectl exec` fail",
    "`kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving`, check them",
    "`kubectl certificate approve <name>`",
  ]) {
    expect(warnings[0]).toContain(words);
  }
  expect(asked).toEqual([]);
});

test("an administrator gets the number of pending requests, after one request to the API server", async () => {
  const approved = { status: { conditions: [{ type: "Approved", status: "True" }] } };
  const { warnings, asked } = await warned({ configuration: on, requests: [{}, approved, { status: {} }] });
  expect(warnings[0]).toContain("(pending now: 2)");
  expect(asked).toEqual(["spec.signerName=kubernetes.io/kubelet-serving"]);
});

test("an administrator who may not list them gets the rest of the warning", async () => {
  const refusal = new ApiStatusError(403, "Forbidden", "no");
  const { warnings } = await warned({ configuration: on, requests: refusal });
  expect(warnings[0]).not.toContain("pending now");
  expect(warnings[0]).toContain("kubectl certificate approve");
});

test.each<[string, Setting, number]>([
  ["whose configuration does not turn it on", { configuration: header, requests: [] }, 0],
  ["that has no configuration", { requests: [] }, 0],
  [
    "whose flag turns it on",
    { configuration: header, flags: [{ name: "rotate-server-certificates", value: "true" }] },
    1,
  ],
  [
    "whose flag turns it off",
    { configuration: on, flags: [{ name: "rotate-server-certificates", value: "false" }], requests: [] },
    0,
  ],
])("a kubelet %s", async (_what, setting, count) => {
  const { warnings, asked } = await warned(setting);
  expect(warnings).toHaveLength(count);
  expect(asked).toEqual([]);
});
