import { expect, it } from "vitest";
import type { SeedEntry } from "../../../host/memory/files.ts";
import { memoryHost } from "../../../host/memory.ts";
import { makeBackupDirectory } from "../backups/backup-directory.ts";
import { makeUpgradeDirectories } from "./upgrade-directories.ts";

const temporary = "/etc/kubernetes/tmp";

it.each<[string, SeedEntry]>([
  ["is another user's", { kind: "directory", uid: 1000, mode: 0o700 }],
  ["is open to all users", { kind: "directory", mode: 0o777 }],
  ["is a link", { target: "/tmp" }],
])("no backup is kept in a directory that %s, and nothing is made there", async (_, entry) => {
  const host = memoryHost({ files: { [temporary]: entry } });
  for (const made of [makeUpgradeDirectories([], host), makeBackupDirectory("kubeadm-kubelet-env", host)]) {
    await expect(made).rejects.toMatchObject({ code: "DIRECTORY_UNTRUSTED", details: { path: temporary } });
  }
  expect(Object.keys(host.files.snapshot()).filter((path) => path.startsWith(`${temporary}/`))).toEqual([]);
});

it("backups are kept in a directory that is root's", async () => {
  const host = memoryHost({ files: { [temporary]: { kind: "directory", mode: 0o700 } } });
  const { oldCertificates } = await makeUpgradeDirectories([], host);
  expect(oldCertificates).toMatch(/^\/etc\/kubernetes\/tmp\/kubeadm-backup-certificates-/);
  expect((await host.files.status(oldCertificates))?.mode).toBe(0o700);
});
