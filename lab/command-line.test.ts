import { expect, test } from "vitest";
import { parseCommandLine } from "./command-line.ts";

test("what follows -- belongs to the command that runs in the host", () => {
  expect(parseCommandLine(["exec", "cp1", "--lab", "two", "--", "ls", "--help"])).toEqual({
    lab: "two",
    command: { name: "exec", host: "cp1", argv: ["ls", "--help"] },
  });
});

test("nothing at all shows the help", () => {
  expect(parseCommandLine([]).command).toEqual({ name: "help" });
  expect(parseCommandLine(["up", "-h"]).command).toEqual({ name: "help" });
});

test("a cluster can be made for an upgrade", () => {
  const { command } = parseCommandLine(["up", "--version", "1.36.3", "--upgrade-to", "1.37.2"]);
  expect(command).toMatchObject({ name: "up", version: "1.36.3", upgradeTo: "1.37.2" });
});

test.each([
  [["host"], 'there is no command "lab host"'],
  [["host", "add"], "needs the name of a host"],
  [["host", "add", "a", "b"], "too many arguments"],
  [["exec", "cp1"], "needs a command after --"],
  [["up", "--workers", "many"], "--workers takes a number"],
  [["up", "--bogus"], "--bogus"],
  [["status", "--", "ls"], "runs no command"],
])("%j is refused", (argv, message) => {
  expect(() => parseCommandLine(argv)).toThrow(message);
});
