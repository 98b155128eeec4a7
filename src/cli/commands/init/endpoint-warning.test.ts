import { expect, it } from "vitest";
import { configuration, kubeadm } from "../../../../test/support/certs/machine-in-memory.ts";

const warning =
  "[endpoint] WARNING: port specified in controlPlaneEndpoint overrides bindPort in the controlplane address";
const countIn = (text: string) => text.split(warning).length - 1;

/** lb.example.com:8443 is the endpoint, 6443 the port that the API server binds. */
async function run(line: string, written = configuration) {
  const certs = await kubeadm("init phase certs ca --config /c.yaml");
  return kubeadm(`${line} --config /d.yaml`, { files: { ...certs.files, "/d.yaml": written } });
}

it.each([
  "init phase kubeconfig all",
  "init phase kubeconfig admin",
  "init phase kubeconfig scheduler",
  "init phase addon kube-proxy --print-manifest",
  "kubeconfig user --client-name u",
  "certs generate-csr --cert-dir /csr --kubeconfig-dir /csr",
])("%s says once that the endpoint's port is not the one that is bound", async (line) => {
  const { status, stderr } = await run(line);
  expect({ status, warnings: countIn(stderr) }).toEqual({ status: 0, warnings: 1 });
});

it.each([
  ["the kubelet's kubeconfig, which leads elsewhere", "init phase kubeconfig kubelet", configuration],
  ["certificates", "init phase certs apiserver", configuration],
  ["the same port", "init phase kubeconfig all", configuration.replace(":8443", ":6443")],
  ["no port", "init phase kubeconfig all", configuration.replace(":8443", "")],
])("nothing is said of %s", async (_what, line, written) => {
  const { status, stderr } = await run(line, written);
  expect({ status, warnings: countIn(stderr) }).toEqual({ status: 0, warnings: 0 });
});
