import type { X509Certificate } from "node:crypto";
import { describeCertificate, encodeCertificates, parseCertificates, summarize } from "./certificate.ts";

const none = "data does not contain any valid RSA or ECDSA certificates";

/** A text that should contain trusted CAs, and does not. */
export class CaBundleError extends Error {
  override readonly name = "CaBundleError";
}

/**
 * The CAs that a PEM text makes trusted. Only the certificates of the text are returned, encoded again: TLS stacks and
 * other programs read more kinds of blocks than those that a pin is checked against.
 */
export class CaBundle {
  /** Empty if there is a problem. */
  private readonly encoded: string;
  private readonly problem: string | undefined;
  readonly #certificates: readonly X509Certificate[];

  private constructor(certificates: readonly X509Certificate[], problem?: string) {
    this.#certificates = certificates;
    this.encoded = encodeCertificates(certificates);
    this.problem = problem;
  }

  static of(certificates: readonly X509Certificate[]): CaBundle {
    return new CaBundle(certificates, certificates.length === 0 ? none : undefined);
  }

  /** Does not throw: a bundle that is not used may be invalid. */
  static parse(text: string): CaBundle {
    try {
      return CaBundle.of(parseCertificates(text));
    } catch (error) {
      return new CaBundle([], error instanceof Error ? error.message : none);
    }
  }

  /** At least one. Throws CaBundleError if there is none, or one that cannot be read. */
  get certificates(): readonly X509Certificate[] {
    this.#requireSound();
    return this.#certificates;
  }

  /** One CERTIFICATE block for each CA, and nothing else. Throws CaBundleError as `certificates` does. */
  get pem(): string {
    this.#requireSound();
    return this.encoded;
  }

  #requireSound(): void {
    if (this.problem !== undefined) throw new CaBundleError(this.problem);
  }
}

/** "CN=kubernetes, valid 2026-01-01 to 2036-01-01, sha256:…; …" */
export function describeCertificates(certificates: readonly X509Certificate[]): string {
  return certificates.map((certificate) => describeCertificate(summarize(certificate))).join("; ");
}
