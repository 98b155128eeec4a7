import { describe, expect, it } from "vitest";
import { controlPlaneTroubleshooting, kubeletTroubleshooting } from "./troubleshooting.ts";

const upstreamKubeletTroubleshooting = `Unfortunately, an error has occurred, likely caused by:
\t- The kubelet is not running
\t- The kubelet is unhealthy due to a misconfiguration of the node in some way (required cgroups disabled)

If you are on a systemd-powered system, you can try to troubleshoot the error with the following commands:
\t- 'systemctl status kubelet'
\t- 'journalctl -xeu kubelet'`;

const upstreamControlPlaneTroubleshooting = `A control plane component may have crashed or exited when started by the container runtime.
To troubleshoot, list all containers using your preferred container runtimes CLI.
Here is one example how you may list all running Kubernetes containers by using crictl:
\t- 'crictl --runtime-endpoint unix:///run/c.sock ps -a | grep kube | grep -v pause'
\tOnce you have found the failing container, you can inspect its logs with:
\t- 'crictl --runtime-endpoint unix:///run/c.sock logs CONTAINERID'`;

describe("advice after a wait that failed", () => {
  it("on the kubelet is upstream's text", () => {
    expect(kubeletTroubleshooting({}).join("\n")).toBe(upstreamKubeletTroubleshooting);
  });

  it("on the kubelet begins with the last lines of its journal", () => {
    expect(kubeletTroubleshooting({ journal: ["E0102 no cgroups"] }).join("\n")).toBe(
      `The kubelet's last lines:\n\tE0102 no cgroups\n\n${upstreamKubeletTroubleshooting}`,
    );
  });

  it("on the control plane is upstream's text", () => {
    expect(controlPlaneTroubleshooting({}, "unix:///run/c.sock").join("\n")).toBe(upstreamControlPlaneTroubleshooting);
  });

  it("on the control plane begins with the last lines of the component", () => {
    expect(controlPlaneTroubleshooting({ log: ["unknown flag"] }, "unix:///run/c.sock").join("\n")).toBe(
      `The last lines that tell why:\n\tunknown flag\n\n${upstreamControlPlaneTroubleshooting}`,
    );
  });
});
