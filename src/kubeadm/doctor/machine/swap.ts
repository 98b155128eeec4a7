import { shell } from "../../../values/shell.ts";
import { swapDevices } from "../../kubelet/kubelet-obstacles.ts";
import { type DoctorCheck, passed, warned } from "../check.ts";
import { kubeletConfiguration } from "../facts/kubelet.ts";
import { kubeletObstacles } from "../facts/kubelet-obstacles.ts";
import type { DoctorFix } from "../fix/fix.ts";
import { obstacleOutcome } from "../obstacle.ts";

const commands = [shell`swapon --show`, shell`swapoff -a`];

export const swap: DoctorCheck = {
  name: "swap",
  group: "machine",
  title: "Swap is off, or the kubelet tolerates it",
  look: async ({ files, once }) => {
    const devices = await swapDevices(files);
    if (devices.length === 0) return passed("swap is off");
    const list = devices.join(", ");
    const fix: DoctorFix = {
      what: `turn swap off until the next boot (${list})`,
      steps: devices.map((device) => ({ kind: "turn-swap-off", device })),
    };
    const refusal = obstacleOutcome(await once(kubeletObstacles), "swap", { commands, fix });
    if (refusal !== undefined) return refusal;
    if ((await once(kubeletConfiguration)).state === "loaded") return passed(`the kubelet tolerates swap (${list})`);
    return warned(`Swap is on (${list}): the kubelet refuses to start with it unless its configuration allows it.`, {
      remedy: "Turn swap off, and remove it from /etc/fstab or its systemd unit so that it stays off.",
      commands,
      fix,
    });
  },
};
