import { describe, expect, it } from "vitest";
import { eventsTo } from "../../../events/events.ts";
import type { InterfaceAddress } from "../../../host/host.ts";
import { resolveAdvertiseAddress } from "./advertise-address.ts";

const onLoopback = (address: string, family: InterfaceAddress["family"]): InterfaceAddress => ({
  interface: "lo",
  address,
  family,
  internal: true,
});

function resolve(
  configured: string,
  addresses: readonly InterfaceAddress[],
  defaultRoutes: readonly string[] = [],
): Promise<string> {
  const network = { addresses: () => addresses, defaultRouteInterfaces: async () => defaultRoutes };
  return resolveAdvertiseAddress(
    configured,
    network,
    eventsTo(
      () => undefined,
      () => new Date(0),
    ),
  );
}

describe("a loopback address asks for one of the loopback interface", () => {
  const [four, six] = [onLoopback("192.0.2.1", "IPv4"), onLoopback("2001:db8::1", "IPv6")];

  it.each([
    ["127.0.0.1", [six, four], "192.0.2.1"],
    ["::1", [six, four], "192.0.2.1"],
    ["::1", [six], "2001:db8::1"],
  ])("%s", async (configured, addresses, expected) => {
    await expect(resolve(configured, addresses)).resolves.toBe(expected);
  });

  it("and fails as upstream's program where it has none", async () => {
    const alone = [onLoopback("127.0.0.1", "IPv4"), onLoopback("::1", "IPv6")];
    await expect(resolve("::1", alone)).rejects.toThrow("unable to select an IP from lo network interface");
  });

  it("and names the flag that says which address", async () => {
    await expect(resolve("::1", [])).rejects.toMatchObject({
      remedy: expect.stringContaining("--apiserver-advertise-address"),
    });
  });
});

it("a default route whose interface has no usable address asks for the flag that says which address", async () => {
  const linkLocal = { interface: "eth0", address: "fe80::1", family: "IPv6", internal: false } as const;
  await expect(resolve("", [linkLocal], ["eth0"])).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: "unable to select an IP from default routes.",
    remedy: expect.stringContaining("--apiserver-advertise-address"),
  });
});
