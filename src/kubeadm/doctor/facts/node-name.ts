import type { Fact } from "../examination.ts";
import { kubeletFlags } from "./kubelet.ts";

/** The name that the kubelet registers its Node by. */
export const nodeName: Fact<string> = async ({ machine, once }) => {
  const override = (await once(kubeletFlags)).find("hostname-override")?.value;
  return (override ?? machine.hostname).trim().toLowerCase();
};
