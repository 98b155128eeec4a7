import { isGlobalUnicast, parseIp } from "../../../addresses/ip-address.ts";
import type { InterfaceAddress } from "../../../host/host.ts";
import { type ShellCommand, shell } from "../../../values/shell.ts";
import { nodeIpProblem } from "../../kubelet/chosen-node-address.ts";
import { type DoctorCheck, failed, passed, warned } from "../check.ts";
import { kubeletFlags } from "../facts/kubelet.ts";

export const kubeletNodeIp: DoctorCheck = {
  name: "node-ip",
  group: "kubelet",
  title: "The kubelet can register its Node with an address of this machine",
  look: async ({ network, once }) => {
    const flag = (await once(kubeletFlags)).find("node-ip");
    if (flag === undefined || flag.value.trim() === "") return passed("the kubelet chooses the address itself");
    const own = network.addresses();
    const problem = nodeIpProblem(flag.value, own);
    if (problem === undefined) return passed(flag.value);
    const usable = usableAddresses(own);
    const [only] = usable.length === 1 ? usable : [];
    // The kubelet ignores what is not an address, and works.
    const say = problem.includes("ignores it") ? warned : failed;
    return say(`The kubelet's flag --node-ip=${flag.value} does not work: ${problem}.`, {
      evidence: [
        `${flag.path}: --node-ip=${flag.value}`,
        ...usable.map((address) => `this machine has ${address.address} (${address.interface})`),
      ],
      remedy:
        only === undefined
          ? `Set it in ${flag.path} to the address of this machine that the other nodes reach, or remove it, then restart the kubelet.`
          : `Set it in ${flag.path} to ${only.address}, or remove it, then restart the kubelet.`,
      commands: [
        only === undefined ? shell`ip -brief address` : replacement(flag.path, flag.value, only.address),
        shell`systemctl restart kubelet`,
      ],
    });
  },
};

function usableAddresses(own: readonly InterfaceAddress[]): readonly InterfaceAddress[] {
  return own.filter(({ address, internal }) => {
    const ip = parseIp(address);
    return !internal && ip !== undefined && isGlobalUnicast(ip);
  });
}

/** Returns the command that gives the flag its new value, whatever its old value is. */
function replacement(path: string, value: string, address: string): ShellCommand {
  const literally = value.replaceAll(/[.[\]*^$\\/&|]/g, "\\$&");
  return shell`sed -i ${`s|--node-ip[= ]${literally}|--node-ip=${address}|`} ${path}`;
}
