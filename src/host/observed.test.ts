import { expect, it } from "vitest";
import type { Event } from "../events/event.ts";
import { eventsTo } from "../events/events.ts";
import { memoryHost } from "./memory.ts";
import { observedHost } from "./observed.ts";

const signal = new AbortController().signal;

function setUp() {
  const told: Event[] = [];
  const inner = memoryHost({
    files: { "/etc/old": "old" },
    services: { kubelet: {} },
    commands: { kubelet: { exitCode: 2, stdout: "--token=secret" } },
  });
  const events = eventsTo((event) => told.push(event), inner.clock.now, "certs");
  const last = () => told.splice(0).map(({ v: _, time: __, ...event }) => event);
  return { host: observedHost(inner, events), last };
}

it("each change of a file is reported once, and none for a file that stays the same", async () => {
  const { host, last } = setUp();
  const { files } = host;
  await files.write("/etc/new", "1", { mode: 0o600 });
  await files.write("/etc/new", "1", { mode: 0o600 });
  await files.write("/etc/old", "2", { mode: 0o600 });
  await files.makeDirectory("/etc/dir", { mode: 0o700 });
  await files.makeDirectory("/etc/dir", { mode: 0o700 });
  await files.link("/etc/link", "new");
  await files.link("/etc/link", "old");
  await files.remove("/etc/link");
  await files.remove("/etc/link");
  await files.read("/etc/old");
  const event = { type: "file.changed", phase: "certs" };
  expect(last()).toEqual([
    { ...event, path: "/etc/new", outcome: "created", mode: 0o600, kind: "file" },
    { ...event, path: "/etc/old", outcome: "changed", mode: 0o644, kind: "file" },
    { ...event, path: "/etc/dir", outcome: "created", mode: 0o700, kind: "directory" },
    { ...event, path: "/etc/link", outcome: "created", kind: "symlink" },
    { ...event, path: "/etc/link", outcome: "changed", kind: "symlink" },
    { ...event, path: "/etc/link", outcome: "removed" },
  ]);
});

it("each change of a service is reported, a refused one is not", async () => {
  const { host, last } = setUp();
  await host.services.stop("kubelet", signal);
  await host.services.reloadDefinitions(signal);
  await host.services.restart("kubelet", signal);
  await host.services.start("kubelet", signal);
  await host.services.status("kubelet", signal);
  await expect(host.services.start("none", signal)).rejects.toThrow("exit status 5");
  expect(last().map((event) => (event.type === "service.changed" ? [event.service, event.action] : event))).toEqual([
    ["kubelet", "stopped"],
    ["", "reloaded"],
    ["kubelet", "restarted"],
    ["kubelet", "started"],
  ]);
});

it("of a command only the program's name, the exit code and the time are reported", async () => {
  const { host, last } = setUp();
  await host.commands.run(["/usr/bin/kubelet", "--token=secret"], { signal, timeoutMs: 1_000, input: "secret" });
  const told = last();
  expect(told).toEqual([{ type: "command.finished", phase: "certs", program: "kubelet", exitCode: 2, durationMs: 0 }]);
  expect(JSON.stringify(told)).not.toContain("secret");
});
