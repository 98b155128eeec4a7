import { expect, it } from "vitest";
import { memoryPorts } from "../../../test/fixtures/cli/memory-ports.ts";
import { filePath } from "./machine.ts";

it.each([
  ["in the working directory", "r.html", "/srv", "", "/srv/r.html"],
  ["in the root directory, with one slash", "r.html", "/", "", "/r.html"],
  ["below --rootfs, which the working directory does not matter to", "r.html", "/srv", "/mnt", "/r.html"],
  ["where an absolute path says", "/tmp/r.html", "/srv", "", "/tmp/r.html"],
  ["that has the form of a URL, in the working directory", "run:1.html", "/srv", "", "/srv/run:1.html"],
])("a file of the command line is %s", (_, given, workingDirectory, rootfs, expected) => {
  const ports = memoryPorts({ workingDirectory: () => workingDirectory });
  const global = { rootfs, v: 0, vmodule: [] };
  expect(filePath(given, { global, ports })).toBe(expected);
});

it("a working directory that was removed matters to relative paths alone", () => {
  const surroundings = {
    global: { rootfs: "", v: 0, vmodule: [] },
    ports: memoryPorts({ workingDirectory: () => undefined }),
  };
  expect(filePath("/tmp/r.html", surroundings)).toBe("/tmp/r.html");
  expect(filePath("", surroundings)).toBe("");
  expect(() => filePath("r.html", surroundings)).toThrow(
    expect.objectContaining({
      code: "WORKING_DIRECTORY_REMOVED",
      message: "r.html: no such file or directory: the working directory was removed",
    }),
  );
});
