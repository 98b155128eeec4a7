/** No packet leaves: a datagram socket that is connected has its address by the kernel's routes. The port is "discard". */
export const discardPort = 9;

export function isIpv6(address: string): boolean {
  return address.includes(":");
}
