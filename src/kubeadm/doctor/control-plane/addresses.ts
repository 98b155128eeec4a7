import { formatIp, isLoopback, isUnspecified, parseIp } from "../../../addresses/ip-address.ts";
import { hostOf } from "../../../addresses/url-address.ts";
import { lastResort } from "../../../errors/decision.ts";
import { resetting } from "../../../errors/destructive-steps.ts";
import { shell } from "../../../values/shell.ts";
import { manifestPath } from "../../control-plane/write-manifest.ts";
import { type DoctorFinding, found, skipped } from "../check.ts";
import { argumentOf, type ControlPlane, listOf } from "../facts/control-plane.ts";
import { onControlPlane } from "./on-control-plane.ts";

export const ownAddresses = onControlPlane({
  name: "own-addresses",
  title: "The machine still has the addresses of its control plane",
  after: ["static-pod-manifests"],
  look: async ({ manifests }, { network }) => {
    const used = usedAddresses(manifests);
    if (used.length === 0) return skipped("no manifest names an address");
    const own = network.addresses().map(({ address }) => canonical(address));
    const gone = [...new Set(used.map(({ address }) => address))].filter((address) => !own.includes(address));
    const findings = gone.map((address): DoctorFinding => {
      const uses = used.filter((each) => each.address === address);
      const present = network.addresses().filter(({ internal }) => !internal);
      return {
        severity: "error",
        finding: `No interface of this machine has the address ${address}, which its control plane uses: the machine's address has changed.`,
        evidence: [
          ...uses.map(({ path, flag, value }) => `${path}: --${flag}=${value}`),
          ...present.map((each) => `${each.interface} has ${each.address}`),
        ],
        remedy: `Assign ${address} to this machine again, and make sure that it does not change.`,
        commands: [shell`ip -brief address`],
        ...(othersOf(manifests) > 0 ? { decision: lastResort(anotherAddress) } : {}),
      };
    });
    return found(findings, [...new Set(used.map(({ address }) => address))].join(", "));
  },
});

const anotherAddress = resetting({
  id: "changed-address",
  when: "the machine keeps its new address and the other members of etcd work",
  after: ", then join it again as a control plane",
});

/** Members of etcd on other machines, as far as the manifest knows. */
function othersOf({ etcd }: ControlPlane["manifests"]): number {
  return listOf(etcd, "initial-cluster").length - 1;
}

interface UsedAddress {
  readonly address: string;
  readonly path: string;
  readonly flag: string;
  readonly value: string;
}

function usedAddresses(manifests: ControlPlane["manifests"]): readonly UsedAddress[] {
  const advertised = argumentOf(manifests["kube-apiserver"], "advertise-address");
  const own = { path: manifestPath("kube-apiserver"), flag: "advertise-address", value: advertised ?? "" };
  const ofEtcd = ["listen-client-urls", "listen-peer-urls"].flatMap((flag) =>
    listOf(manifests.etcd, flag).map((value) => ({ path: manifestPath("etcd"), flag, value })),
  );
  return [own, ...ofEtcd].flatMap((use) => {
    const ip = parseIp(hostIn(use.value));
    return ip === undefined || isUnspecified(ip) || isLoopback(ip) ? [] : [{ ...use, address: formatIp(ip) }];
  });
}

/** Returns the host of a URL, or the text itself. */
export function hostIn(text: string): string {
  return hostOf(URL.canParse(text) ? new URL(text) : { hostname: text });
}

function canonical(text: string): string {
  const ip = parseIp(text);
  return ip === undefined ? "" : formatIp(ip);
}
