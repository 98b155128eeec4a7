import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { failing, looping } from "../../../kubeadm/doctor/faults.fixture.ts";
import { examined, healthyWorker } from "../../../kubeadm/doctor/worker.fixture.ts";
import { marksOf, reportText } from "./report-text.ts";

it("README shows what doctor prints about a kubelet that refuses a flag", async () => {
  const readme = readFileSync(new URL("../../../../README.md", import.meta.url), "utf8");
  const [, shown = "README has no findings of doctor"] = /^```\n(✗ .*?)^```/ms.exec(readme) ?? [];
  const worker = await healthyWorker();
  worker.files["/var/lib/kubelet/kubeadm-flags.env"] = 'KUBELET_KUBEADM_ARGS="--frobnicate=1"\n';
  worker.services["kubelet"] = looping(failing("failed to parse kubelet flag: unknown flag: --frobnicate"));
  worker.network.probes = {};
  const text = reportText(await examined(worker), marksOf({ LANG: "C.UTF-8" }));
  expect(text.slice(text.indexOf("\n✗ ") + 1)).toBe(shown);
});
