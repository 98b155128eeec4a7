import { describe, expect, it } from "vitest";
import type { CommandSpec } from "./command.ts";
import type { CommandChain } from "./command-chain.ts";
import { helpText } from "./help.ts";

const run = async () => 0;

const plain: CommandSpec = {
  name: "join",
  aliases: ["enter"],
  argument: "[endpoint]",
  short: "Joins",
  long: "A sentence that is long enough to be broken, since it runs on and on until the line is full.\n\n  kept as it   is",
  example: "  join it",
  phases: [
    { label: "preflight", summary: "Look" },
    { label: "certs", summary: "Make certificates" },
    { label: "  /all-of-them", summary: "Make all" },
  ],
  flags: {
    port: { type: "int32", default: 6443, usage: "Port." },
    output: { type: "string", shorthand: "o", default: "text", usage: "Form, `text|json`." },
    skip: { type: "strings", default: ["a", "b"], usage: "What to skip." },
    ttl: { type: "duration", default: 86_400_000, usage: "Life." },
    color: { type: "string", noOptDefault: "auto", usage: "Color." },
    old: { type: "bool", usage: "Old.", hidden: true },
    yes: { type: "bool", shorthand: "y", default: true, usage: "Yes." },
    token: { type: "secret", usage: "Token." },
  },
  run,
};

const root: CommandSpec = {
  name: "kubeadm",
  short: "Root",
  persistentFlags: { v: { type: "level", shorthand: "v", usage: "Verbosity." } },
  commands: [plain],
};

describe("help", () => {
  it("has cobra's layout with pflag's columns, at 80 columns", () => {
    const chain: CommandChain = [root, plain];
    expect(helpText(chain)).toBe(`A sentence that is long enough to be broken, since it runs on and on until the
line is full.

  kept as it   is

The "join [endpoint]" command executes the following phases:
\`\`\`
preflight     Look
certs         Make certificates
  /all-of-them  Make all
\`\`\`

Usage:
  kubeadm join [endpoint] [flags]

Aliases:
  join, enter

Examples:
  join it

Flags:
      --color string[=auto]   Color.
  -h, --help                  help for join
  -o, --output text|json      Form, text|json. (default "text")
      --port int32            Port. (default 6443)
      --skip strings          What to skip. (default [a,b])
      --token string          Token.
      --ttl duration          Life. (default 24h0m0s)
  -y, --yes                   Yes. (default true)

Global Flags:
  -v, --v Level   Verbosity.
`);
  });

  it("breaks no line after column 80 unless a word is longer", () => {
    const usage = "word ".repeat(40);
    const command: CommandSpec = { name: "x", short: "X", flags: { ["f".repeat(30)]: { type: "string", usage } }, run };
    for (const line of helpText([root, command]).split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });
});
