/** Returns one PEM block as Go's encoding/pem writes it: lines of 64 characters, a final newline. */
export function toPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** Returns the content of the first block with the label; undefined if there is none. */
export function fromPem(label: string, pem: string): Uint8Array | undefined {
  const block = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]*)-----END ${label}-----`).exec(pem)?.[1];
  return block === undefined ? undefined : new Uint8Array(Buffer.from(block, "base64"));
}

/**
 * Returns the contents of all blocks with the label, in order, as Go's encoding/pem finds them: BEGIN and END are alone
 * on their lines; blocks with headers or invalid base64 are skipped.
 */
export function pemBlocks(label: string, text: string): readonly Uint8Array[] {
  const block = new RegExp(
    `^-----BEGIN ${label}-----[ \\t]*\\r?\\n([A-Za-z0-9+/=\\s]*?)^-----END ${label}-----[ \\t\\r]*$`,
    "gm",
  );
  return Array.from(text.matchAll(block)).flatMap(([, content = ""]) => {
    const digits = content.replaceAll(/\s/g, "");
    const bytes = Buffer.from(digits, "base64");
    return bytes.toString("base64") === digits ? [new Uint8Array(bytes)] : [];
  });
}
