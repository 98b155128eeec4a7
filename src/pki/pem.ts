/** One PEM block as Go's encoding/pem writes it: lines of 64 characters, a final newline. */
export function toPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** The content of the first block of that label; undefined where there is none. */
export function fromPem(label: string, pem: string): Uint8Array | undefined {
  const block = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]*)-----END ${label}-----`).exec(pem)?.[1];
  return block === undefined ? undefined : new Uint8Array(Buffer.from(block, "base64"));
}
