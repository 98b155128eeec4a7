import { createHash } from "node:crypto";
import fc from "fast-check";

/** Secrets of the right form, of random content, each as one text without line breaks. */
export interface MadeSecret {
  readonly text: string;
  /** Fewer characters than this in a row tell nothing. */
  readonly tells: number;
  /** How the text stands in a file. */
  readonly written: (width: number, lineBreak: string) => string;
}

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
/** Like a generator of keys, unlike fast-check, these do not prefer zeros. */
const bytes = (length: number) =>
  fc.noShrink(fc.nat()).map((seed) => {
    const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
      createHash("sha256").update(`${seed} ${index}`).digest(),
    );
    return Buffer.concat(blocks).subarray(0, length);
  });

/** SEC1, as OpenSSL and this program write keys of P-256. */
const ellipticKey = fc.tuple(bytes(32), bytes(64)).map(([scalar, point]) => {
  const head = hex("30 77 02 01 01 04 20");
  return Buffer.concat([head, scalar, hex("a0 0a 06 08 2a 86 48 ce 3d 03 01 07 a1 44 03 42 00 04"), point]);
});
/** PKCS #1 and PKCS #8 around it, of RSA with 2048 bits. */
const rsaKey = fc.tuple(fc.boolean(), bytes(257), bytes(900)).map(([isWrapped, modulus, rest]) => {
  const numbers = Buffer.concat([hex("02 01 00 02 82 01 01"), modulus, hex("02 03 01 00 01 02 82 01 00"), rest]);
  const key = Buffer.concat([hex("30 82 04 a4"), numbers]);
  return isWrapped
    ? Buffer.concat([hex("30 82 04 be 02 01 00 30 0d 06 09 2a 86 48 86 f7 0d 01 01 01 05 00 04 82 04 a8"), key])
    : key;
});

function folded(text: string, width: number, lineBreak: string): string {
  return (text.match(new RegExp(`.{1,${width}}`, "gs")) ?? []).join(lineBreak);
}

const label = fc.constantFrom("PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY");
const key = fc.tuple(fc.oneof(ellipticKey, rsaKey), label, fc.constantFrom("pem", "der", "base64 of pem"));

const privateKeys: fc.Arbitrary<MadeSecret> = key.map(([der, name, form]) => {
  const base64 = der.toString("base64");
  if (form === "der")
    return { text: base64, tells: 40, written: (width, lineBreak) => folded(base64, width, lineBreak) };
  const pem = (width: number, lineBreak: string) =>
    [`-----BEGIN ${name}-----`, folded(base64, width, lineBreak), `-----END ${name}-----`, ""].join(lineBreak);
  if (form === "pem") return { text: base64, tells: 40, written: pem };
  const text = Buffer.from(pem(64, "\n")).toString("base64");
  return { text, tells: 40, written: (width, lineBreak) => folded(text, width, lineBreak) };
});

const base64Url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const webTokens: fc.Arbitrary<MadeSecret> = fc.tuple(bytes(256), bytes(32)).map(([signature, id]) => {
  const kid = Buffer.from(id).toString("base64url");
  const payload = base64Url({
    aud: ["https://kubernetes.default.svc"],
    sub: "system:serviceaccount:kube-system:x",
    jti: kid,
  });
  const text = `${base64Url({ alg: "RS256", kid })}.${payload}.${Buffer.from(signature).toString("base64url")}`;
  return { text, tells: 40, written: (width, lineBreak) => folded(text, width, lineBreak) };
});

const certificateKeys: fc.Arbitrary<MadeSecret> = bytes(32).map((random) => {
  const text = Buffer.from(random).toString("hex");
  return { text, tells: 41, written: (width, lineBreak) => folded(text, width, lineBreak) };
});

/** Text that the masking must cut through wherever it begins and ends. */
export const longSecrets = fc.oneof(privateKeys, webTokens, certificateKeys);

/** The secret half: by itself, nothing says what a part of it is. */
export const tokenSecrets = fc.stringMatching(/^[a-z0-9]{16}$/).filter((text) => {
  return /^[a-z]{0,7}[0-9]/.test(text) && /^[0-9]{0,7}[a-z]/.test(text);
});
