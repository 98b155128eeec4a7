import { expect, it } from "vitest";
import type { Event } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { memoryHost } from "../../host/memory.ts";
import { CaBundle } from "../../pki/ca-bundle.ts";
import { generateKeys } from "../../pki/keys.ts";
import { createCertificateAuthority } from "../../pki/x509.ts";
import { storeClusterAuthority } from "./store-cluster-authority.ts";

const path = "/etc/kubernetes/pki/ca.crt";

async function authority(commonName: string): Promise<string> {
  const dayMs = 24 * 3_600_000;
  const notBefore = new Date(Date.now() - dayMs);
  const notAfter = new Date(Date.now() + dayMs);
  const keys = await generateKeys("ECDSA-P256");
  return (await createCertificateAuthority({ commonName, keys, notBefore, notAfter })).certificatePem;
}

async function stored(cluster: string, kept?: string) {
  const host = memoryHost({ files: kept === undefined ? {} : { [path]: { mode: 0o644, content: kept } } });
  const told: Event[] = [];
  const events = eventsTo((event) => told.push(event), host.clock.now);
  const bootstrap = {
    clusters: [
      { name: "c", cluster: { server: "https://192.0.2.10:6443", certificateAuthorityData: CaBundle.parse(cluster) } },
    ],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    users: [],
    currentContext: "c",
  };
  await storeClusterAuthority({ path, bootstrap }, { files: host.files, events });
  const warnings = told.flatMap((event) => (event.type === "warning" ? [event.message] : []));
  return { content: await host.files.readText(path), warnings };
}

it("writes the cluster's CA where there is none", async () => {
  const cluster = await authority("kubernetes");
  expect(await stored(cluster)).toEqual({ content: cluster, warnings: [] });
});

it("keeps a CA of another cluster, names both, and says what follows and what to do", async () => {
  const old = await authority("last-year");
  const { content, warnings } = await stored(await authority("kubernetes"), old);
  expect(content).toBe(old);
  expect(warnings).toHaveLength(1);
  for (const words of [path, "last-year", "kubernetes", "refuses connections from the API server", "Move it away"]) {
    expect(warnings[0]).toContain(words);
  }
});

it("says nothing of a file that holds the cluster's CA", async () => {
  const cluster = await authority("kubernetes");
  expect((await stored(cluster, `${await authority("another")}${cluster}`)).warnings).toEqual([]);
});
