/** "discard". Connecting a datagram socket sends no packet; the kernel chooses the source address by its routes. */
export const discardPort = 9;

export function isIpv6(address: string): boolean {
  return address.includes(":");
}
