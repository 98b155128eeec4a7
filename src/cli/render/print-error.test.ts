import { expect, it } from "vitest";
import { memoryPorts } from "../../../test/fixtures/cli/memory-ports.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { errorText } from "./error-text.ts";
import { printError } from "./print-error.ts";

const error = new KubeadmError("KUBELET_UNHEALTHY", ["the kubelet is not healthy", "it exits"], {
  remedy:
    "Look at its log with `journalctl --unit kubelet --no-pager --lines 50`, correct what it complains about, and run the same command again.",
});

function printed(options: Parameters<typeof memoryPorts>[0], redact = (text: string) => text): string {
  const { stderr, environment } = memoryPorts(options);
  printError(error, { stderr, environment, redact, verbosity: 0 });
  return "text" in stderr && typeof stderr.text === "function" ? String(stderr.text()) : "";
}

it("on a terminal, the error is marked red, and what to do fits the terminal", () => {
  expect(printed({ terminal: true, columns: 80 }).split("\n")).toEqual([
    "\u001b[0;31merror:\u001b[0m the kubelet is not healthy",
    "it exits",
    "remedy: Look at its log with",
    "  `journalctl --unit kubelet --no-pager --lines 50`, correct what it complains",
    "  about, and run the same command again.",
    "code: KUBELET_UNHEALTHY",
    "To see the stack trace of this error execute with --v=5 or higher",
    "",
  ]);
});

it.each<[string, Parameters<typeof memoryPorts>[0]]>([
  ["in a file or a pipe", { columns: 80 }],
  ["where TERM is dumb", { terminal: true, columns: 80, environment: { TERM: "dumb" } }],
  ["with NO_COLOR", { terminal: true, columns: 80, environment: { NO_COLOR: "1" } }],
])("%s, it is the plain text", (_where, options) => {
  expect(printed(options)).toBe(`${errorText(error, 0)}\n`);
});

it.each([true, false])("what is secret is masked (on a terminal: %s)", (terminal) => {
  const text = printed({ terminal, columns: 80 }, (shown) => shown.replaceAll("exits", "[redacted]"));
  expect(text).toContain("it [redacted]");
});
