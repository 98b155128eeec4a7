import { describe, expect, it } from "vitest";
import { requireExclusive } from "./exclusive.ts";
import type { SeedEntry } from "./memory/files.ts";
import { memoryHost } from "./memory.ts";

const directory = "/var/lib/kubeadm";

function checked(entries: Readonly<Record<string, SeedEntry>>): Promise<void> {
  return requireExclusive(directory, memoryHost({ files: entries }).files, ["journal.json"]);
}

describe("a directory that only root may change", () => {
  it.each<[string, Record<string, SeedEntry>]>([
    ["does not exist", {}],
    ["is root's", { [directory]: { kind: "directory", mode: 0o700 } }],
    ["is root's, and others may read it", { [directory]: { kind: "directory", mode: 0o755 } }],
    [
      "belongs to who owns the directory above",
      { "/var/lib": { kind: "directory", uid: 1000 }, [directory]: { kind: "directory", uid: 1000, mode: 0o700 } },
    ],
    ["has a file of root", { [`${directory}/journal.json`]: { mode: 0o600 } }],
  ])("is believed if it %s", async (_, entries) => {
    await expect(checked(entries)).resolves.toBeUndefined();
  });

  it.each<[string, Record<string, SeedEntry>, string]>([
    [
      "is another user's",
      { [directory]: { kind: "directory", uid: 1000, mode: 0o700 } },
      `${directory} is not used: it belongs to the user 1000`,
    ],
    [
      "can be written by all",
      { [directory]: { kind: "directory", mode: 0o777 } },
      `${directory} is not used: other users may write to it (mode 0777)`,
    ],
    [
      "can be written by its group",
      { [directory]: { kind: "directory", mode: 0o770 } },
      `${directory} is not used: other users may write to it (mode 0770)`,
    ],
    [
      "is a link",
      { [directory]: { target: "/tmp/evil" }, "/tmp/evil": { kind: "directory" } },
      `${directory} is not used: it is a symbolic link`,
    ],
    [
      "has a file of another user",
      { [directory]: { kind: "directory", mode: 0o700 }, [`${directory}/journal.json`]: { uid: 1000 } },
      `${directory}/journal.json is not used: it belongs to the user 1000`,
    ],
    [
      "has a file that is a link",
      { [directory]: { kind: "directory", mode: 0o700 }, [`${directory}/journal.json`]: { target: "/tmp/evil" } },
      `${directory}/journal.json is not used: it is a symbolic link`,
    ],
  ])("is refused if it %s", async (_, entries, message) => {
    await expect(checked(entries)).rejects.toMatchObject({ code: "DIRECTORY_UNTRUSTED", message });
  });
});
