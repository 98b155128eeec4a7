// `kubeadm` on a machine of an embedded cluster, as its own process: started by kubeadmKilled.
import { join } from "node:path";
import { machinePorts } from "../../../src/embedded/index.ts";
import { localHost } from "../../../src/host/local/local-host.ts";
import { type KubeletRequest, kubeadm, type ProcessSetup } from "./kubeadm.ts";

const setup = await new Promise<ProcessSetup>((resolve) => process.once("message", resolve));
const ports = machinePorts(await localHost(), {
  place: setup.place,
  hostnames: new Map(setup.hostnames),
  hostname: setup.hostname,
  root: { path: setup.root, inside: (path) => join(setup.root, path) },
  kubelet: {
    output: () => "",
    command: async (kubelet) => {
      const done = new Promise((resolve) => process.once("message", resolve));
      process.send?.({ kubelet } satisfies KubeletRequest);
      await done;
    },
  },
});
const { status, stderr } = await kubeadm({ ports }, setup.args);
process.stderr.write(stderr);
process.exit(status);
