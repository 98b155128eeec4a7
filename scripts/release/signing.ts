import { BuildError } from "../build-error.ts";
import type { Release } from "./release.ts";
import { run } from "./run.ts";
import { findTool } from "./tools.ts";

/**
 * Signs with the first secret key of a GNUPGHOME. The key itself is never an argument or a variable: gpg, or its agent, or a
 * card behind it, has it.
 */
export interface Signer {
  /** Writes FILE.asc. */
  readonly detached: (file: string, signature?: string) => Promise<void>;
  /** Writes the text with its signature to another file. */
  readonly inline: (file: string, signed: string) => Promise<void>;
  /** Signs packages in place. */
  readonly packages: (files: readonly string[]) => Promise<void>;
  /** The public key, armored. */
  readonly publicKey: string;
}

export async function openSigner({ gnupgHome }: Pick<Release, "gnupgHome">): Promise<Signer | undefined> {
  if (gnupgHome === undefined) return undefined;
  const env = { GNUPGHOME: gnupgHome };
  const listed = await run(["gpg", "--batch", "--with-colons", "--list-secret-keys"], { env });
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(listed)?.[1];
  if (fingerprint === undefined) throw new BuildError(`GNUPGHOME=${gnupgHome} has no secret key to sign with`);
  const gpg = (...args: readonly string[]) =>
    run(["gpg", "--batch", "--yes", "--armor", "--digest-algo", "SHA512", "--local-user", fingerprint, ...args], {
      env,
    });
  return {
    detached: async (file, signature = `${file}.asc`) => void (await gpg("--output", signature, "--detach-sign", file)),
    inline: async (file, signed) => void (await gpg("--output", signed, "--clearsign", file)),
    packages: async (files) => {
      // Some distributions' rpm looks for gpg2.
      const macros = [`_gpg_name ${fingerprint}`, `__gpg ${findTool("gpg")}`].flatMap((macro) => ["--define", macro]);
      await run(["rpmsign", ...macros, "--addsign", ...files], { env });
    },
    publicKey: await gpg("--export", fingerprint),
  };
}
