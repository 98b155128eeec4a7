import { isKubeadmError } from "../../errors/kubeadm-error.ts";
import type { Output } from "../ports.ts";
import { errorText } from "./error-text.ts";
import { type Redact, redactedJson } from "./redact.ts";
import type { Renderer } from "./renderer.ts";

/**
 * Returns a renderer that prints each event as a line of JSON on stdout, the last one being `run.finished` or
 * `run.failed`. Only a defect of this program prints more: its stack, on stderr.
 */
export function ndjsonRenderer(options: {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly redact: Redact;
}): Renderer {
  return {
    event: (event) => options.stdout.write(`${redactedJson(event, options.redact)}\n`),
    failure: (error) => {
      if (!isKubeadmError(error)) options.stderr.write(`${options.redact(errorText(error, 0))}\n`);
    },
  };
}
