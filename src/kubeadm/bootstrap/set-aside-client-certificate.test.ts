import { expect, test } from "vitest";
import { kubeletClientPair } from "../../../test/fixtures/kubeadm/bootstrap/client-certificate.ts";
import { testAuthority } from "../../../test/fixtures/pki/authority.ts";
import type { Event } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { memoryHost } from "../../host/memory.ts";
import { revertibleFiles } from "../../host/revertible.ts";
import { setAsideClientCertificate } from "./set-aside-client-certificate.ts";

const directory = "/var/lib/kubelet/pki";
const current = `${directory}/kubelet-client-current.pem`;
const updated = `${directory}/kubelet-client-updated.pem`;
const dated = `${directory}/kubelet-client-2026-01-02-03-04-05.pem`;

const cluster = await testAuthority("kubernetes");
const another = await testAuthority("last-year");
const soon = new Date(Date.now() + 3_600_000);

async function setAside(content: string, { links = [current], now = new Date(), plain = false } = {}) {
  const host = memoryHost({ files: { [plain ? current : dated]: { mode: 0o600, content } } });
  if (!plain) for (const link of links) await host.files.link(link, dated);
  const files = revertibleFiles(host.files);
  const told: Event[] = [];
  await setAsideClientCertificate(
    {
      directory,
      nodeName: "w1",
      authorities: [cluster.certificate],
      now,
      localNow: new Date(Date.UTC(2026, 4, 6, 7, 8, 9)),
    },
    { files, events: eventsTo((event) => told.push(event), host.clock.now) },
  );
  const warnings = told.flatMap((event) => (event.type === "warning" ? [event.message] : []));
  return { files, warnings, isThere: async (path: string) => (await host.files.status(path)) !== undefined };
}

const cases: readonly (readonly [string, () => Promise<string>, readonly string[]])[] = [
  [
    "another cluster's",
    () => kubeletClientPair({ nodeName: "w1", ca: another }),
    ["the cluster's CA did not issue", "CN=system:node:w1, issued by CN=last-year"],
  ],
  [
    "one that has expired",
    () => kubeletClientPair({ nodeName: "w1", ca: cluster, notAfter: soon }),
    ["CN=system:node:w1, issued by CN=kubernetes", `expired on ${soon.toISOString().slice(0, 16)}`],
  ],
  [
    "another node's",
    () => kubeletClientPair({ nodeName: "w2", ca: cluster }),
    ["CN=system:node:w2, issued by CN=kubernetes", "is not for the node w1"],
  ],
  [
    "one without its key",
    async () => (await kubeletClientPair({ nodeName: "w1", ca: cluster })).split("-----BEGIN EC")[0] ?? "",
    ["the private key is missing"],
  ],
  ["what cannot be read", async () => "truncated", ["no readable certificate"]],
];

test.each(cases)("a client certificate is taken out of the kubelet's way: %s", async (what, pair, words) => {
  const now = what === "one that has expired" ? new Date(soon.getTime() + 1_000) : new Date();
  const { files, warnings, isThere } = await setAside(await pair(), { now });
  expect(await isThere(current)).toBe(false);
  expect(await isThere(dated)).toBe(true);
  expect(warnings).toHaveLength(1);
  for (const part of [current, dated, ...words]) expect(warnings[0]).toContain(part);
  await files.revert();
  expect(await files.status(current)).toMatchObject({ kind: "symlink", target: dated });
});

test("a certificate of this node and this cluster stays, and nothing is said", async () => {
  const { warnings, isThere } = await setAside(await kubeletClientPair({ nodeName: "w1", ca: cluster }));
  expect(await isThere(current)).toBe(true);
  expect(warnings).toEqual([]);
});

test("a machine without one has nothing to say", async () => {
  const { warnings } = await setAside("", { links: [] });
  expect(warnings).toEqual([]);
});

test("a file in place of the link is kept next to it, only for its owner, and restored if the phase fails", async () => {
  const pair = await kubeletClientPair({ nodeName: "w1", ca: another });
  const { files, warnings, isThere } = await setAside(pair, { plain: true });
  const kept = `${directory}/kubelet-client-replaced-2026-05-06-07-08-09.pem`;
  expect(await isThere(current)).toBe(false);
  expect(await files.readText(kept)).toBe(pair);
  expect((await files.status(kept))?.mode).toBe(0o600);
  expect(warnings[0]).toContain(kept);
  await files.revert();
  expect(await files.readText(current)).toBe(pair);
  expect(await isThere(kept)).toBe(false);
});

test("a link of a broken rotation does not bring it back", async () => {
  const pair = await kubeletClientPair({ nodeName: "w1", ca: another });
  const { warnings, isThere } = await setAside(pair, { links: [current, updated] });
  expect([await isThere(current), await isThere(updated)]).toEqual([false, false]);
  expect(warnings).toHaveLength(2);
});
