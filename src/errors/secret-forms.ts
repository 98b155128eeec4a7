import { fold, type Piece, placesIn, runsOf } from "./folded-runs.ts";

/** Where a secret is in a text. */
export interface Found {
  readonly start: number;
  readonly end: number;
  /** What is shown in its place, if that is not `[redacted]`. */
  readonly shown?: string;
}

/** Each finds one form of secrets, in linear time: no expression repeats without a bound what another part may also match. */
export const secretForms: readonly ((text: string) => readonly Found[])[] = [
  urlPasswords,
  tokens,
  foldedTokens,
  privateKeys,
  base64Keys,
  webTokens,
  hexadecimalKeys,
  labeledValues,
];

/** `https://user:password@`; everything up to the last @ before the path is the password. */
const urlPassword = /(:\/\/[^\s/?#@:"]{0,128}:)[^\s/?#"]{1,512}@/g;

function urlPasswords(text: string): readonly Found[] {
  if (!text.includes("://")) return [];
  return [...text.matchAll(urlPassword)].map(({ 0: whole, 1: before = "", index }) => {
    return { start: index + before.length, end: index + whole.length - 1, shown: "xxxxx" };
  });
}

/** What may stand directly before a word: another kind of character, an escape, or the end of a color. */
const wordStart = String.raw`(?:^|[^A-Za-z0-9]|\\[nrtbf]|\\u[0-9a-fA-F]{4}|%[0-9A-F]{2}|\[[0-9;]{1,8}m)`;
const wordEnd = "(?![A-Za-z0-9])";
/** Letters and digits. */
const isMixed = "(?=[a-z]{0,15}[0-9])(?=[0-9]{0,15}[a-z])";
const token = new RegExp(`${wordStart}[a-z0-9]{6}\\.([a-z0-9]{16})${wordEnd}`, "g");
/** The beginning of a secret with which a text ends, or that was shortened. Half of it does not help to guess the rest. */
const cutToken = new RegExp(
  `${wordStart}[a-z0-9]{6}\\.([a-z0-9]{9,15}(?=…|\\.{3})|${isMixed}[a-z0-9]{9,15}(?=\\s*$))`,
  "g",
);
/** A token whose ID was cut off with the beginning of the text. */
const headlessToken = new RegExp(`^[a-z0-9]{0,5}\\.(${isMixed}[a-z0-9]{16})${wordEnd}`, "g");

function tokens(text: string): readonly Found[] {
  if (!text.includes(".")) return [];
  return [token, cutToken, headlessToken].flatMap((pattern) => lastGroups(text, pattern));
}

/** Where the group of an expression that ends it stands. */
function lastGroups(text: string, pattern: RegExp): readonly Found[] {
  return [...text.matchAll(pattern)].map(({ 0: whole, 1: secret = whole, index }) => {
    const end = index + whole.length;
    return { start: end - secret.length, end };
  });
}

const tokenRuns = runsOf("[a-z0-9.]");

/** A secret without a digit would be one in 180; two words that a line break separates often look like one. */
const tokenInRun = /(?<![a-z0-9])[a-z0-9]{6}\.((?=[a-z]{0,15}[0-9])[a-z0-9]{16})(?![a-z0-9])/g;

function foldedTokens(text: string): readonly Found[] {
  if (!/[\n\\]/.test(text)) return [];
  const found: Found[] = [];
  for (const pieces of tokenRuns(text, 23)) {
    if (pieces.length < 2) continue;
    for (const { 0: whole, 1: secret = "", index } of joined(pieces).matchAll(tokenInRun)) {
      const end = index + whole.length;
      found.push(placesIn(pieces, end - secret.length, end));
    }
  }
  return found;
}

/** The first and the last line of a private key. */
const privateKeyEdge = /-----(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY-----/g;
/** What follows a first line if the last one is cut off. */
const keyBody = new RegExp(`(?:${fold}|[ \\t]{1,8})[A-Za-z0-9+/=]{4,}(?:${fold}[A-Za-z0-9+/=]{4,})*`, "y");

function privateKeys(text: string): readonly Found[] {
  if (!text.includes("PRIVATE KEY-----")) return [];
  const found: Found[] = [];
  let begin: RegExpExecArray | undefined;
  for (const edge of text.matchAll(privateKeyEdge)) {
    if (edge[1] === "BEGIN") begin ??= edge;
    else if (begin !== undefined) {
      found.push({ start: begin.index, end: edge.index + edge[0].length });
      begin = undefined;
    }
  }
  if (begin === undefined) return found;
  keyBody.lastIndex = begin.index + begin[0].length;
  const body = keyBody.exec(text)?.[0];
  // By itself, a first line is what an error may expect.
  return body === undefined || !/[A-Za-z0-9+/]{16}/.test(body)
    ? found
    : [...found, { start: begin.index, end: keyBody.lastIndex }];
}

const base64Runs = runsOf("[A-Za-z0-9+/]");
const endOfBlock = new RegExp(`={0,2}(?:${fold})?-----END ([A-Z0-9 ]{0,48})-----`, "y");
/** Fewer characters than this, of the middle of a key, tell nothing and may be a name. */
const shortestMiddle = 32;

function base64Keys(text: string): readonly Found[] {
  const found: Found[] = [];
  // Only the last line of a key says of a shorter text what it is.
  for (const run of base64Runs(text, text.includes("PRIVATE KEY-----") ? 4 : 16)) {
    for (const pieces of blocksOf(alone(run, text))) {
      const first = pieces[0];
      const last = pieces.at(-1);
      if (first === undefined || last === undefined) continue;
      const end = last.at + last.text.length;
      if (!isKey(pieces, blockEndedAt(text, end)) || isPublic(text, first.at)) continue;
      found.push({ start: first.at, end: text.startsWith("==", end) ? end + 2 : text[end] === "=" ? end + 1 : end });
    }
  }
  return found;
}

/** Reports whether what stands there is the digest of a file, as browsers and registries write it, or part of a public word. */
function isPublic(text: string, at: number): boolean {
  if (/\bsha(?:256|384|512)[-:]$/i.test(text.slice(Math.max(0, at - 8), at))) return true;
  const before = /[\w.-]*$/.exec(text.slice(Math.max(0, at - longestPublicWord), at))?.[0] ?? "";
  const after = /^[\w.-]*/.exec(text.slice(at, at + longestPublicWord))?.[0] ?? "";
  return publicWord.test(before + after);
}

const longestPublicWord = 256;
/**
 * How kubelets name their first certificate signing requests, by the digest of a public key; and the signatures of
 * cluster-info, which everybody can read: web tokens without a content; and the types of an API version in Go's errors.
 */
const publicWord =
  /^(?:node-csr-[\w-]{43}|eyJ[\w-]{1,128}\.\.[\w-]{43}|v[1-9](?:(?:alpha|beta)[1-9])?\.[A-Z][A-Za-z]{1,80})$/;

/** The label of the PEM block that ends there. */
function blockEndedAt(text: string, end: number): string | undefined {
  endOfBlock.lastIndex = end;
  return endOfBlock.exec(text)?.[1];
}

/** What is folded stands alone on its lines: a short piece that shares its line is a word of someone's sentence. */
function alone(run: readonly Piece[], text: string): readonly Piece[] {
  if (run.length < 2) return run;
  return run.filter(({ text: piece, at }, index) => {
    if (piece.length >= shortestMiddle) return true;
    if (index === 0) return beginsLine.test(text.slice(Math.max(0, at - 8), at));
    return index < run.length - 1 || endsLine.test(text.slice(at + piece.length, at + piece.length + 8));
  });
}

const beginsLine = /(?:^|\n|\\[nr]|["'`|>=:])[ \t]*$/;
const endsLine = /^(?:=|-----|["'`\\]|[ \t]*(?:\r?\n|$))/;

/** One base64 text behind the other, each with its own beginning. */
function* blocksOf(run: readonly Piece[]): Generator<readonly Piece[]> {
  let block: Piece[] = [];
  for (const piece of run) {
    if (block.length > 0 && contentOf(piece.text) !== undefined) {
      yield block;
      block = [];
    }
    block.push(piece);
  }
  yield block;
}

function isKey(pieces: readonly Piece[], endedBlock: string | undefined): boolean {
  if (endedBlock !== undefined) return endedBlock.endsWith("PRIVATE KEY");
  const [first] = pieces;
  const content = contentOf(first?.text ?? "");
  if (content === "key") return true;
  const length = pieces.reduce((sum, { text }) => sum + text.length, 0);
  if (length < shortestMiddle) return false;
  // A file with a certificate and its key begins as a certificate does.
  if (content === "public") return Buffer.from(joined(pieces), "base64").includes("PRIVATE KEY");
  const whole = joined(pieces);
  return pieces.some(({ text }) => text.length >= 16) && isRandom(whole) && !encodesWords(whole);
}

/** Reports whether base64 of a field, such as one of a Secret in a dry run, stands for names or numbers. */
function encodesWords(base64: string): boolean {
  const text = Buffer.from(base64, "base64").toString("latin1");
  return /^[\w:;,.@/ -]+$/.test(text) && !isRandom(text);
}

/** What base64 contains whose first characters these are. */
function contentOf(base64: string): "key" | "public" | undefined {
  if (base64.length < 16) return undefined;
  const bytes = Buffer.from(base64.slice(0, 64), "base64");
  const text = bytes.toString("latin1");
  if (text.startsWith("-----BEGIN ")) return /^[A-Z0-9 ]*(?:PRIVATE KEY|$)/.test(text.slice(11)) ? "key" : "public";
  // DER: a sequence, then the version of a private key, or what is signed in a certificate.
  if (bytes[0] !== 0x30) return undefined;
  const lengthByte = bytes[1] ?? 0;
  const isLong = lengthByte === 0x81 || lengthByte === 0x82;
  const at = isLong ? lengthByte - 0x7e : 2;
  if (bytes[at] === 0x02) return bytes[at + 1] === 1 && (bytes[at + 2] ?? 2) < 2 ? "key" : undefined;
  return bytes[at] === 0x30 && isLong ? "public" : undefined;
}

const webTokenRuns = runsOf("[\\w.-]");
/** Credentials, by the word before them. */
const credentials = /(?:\bbearer|\bauthorization["']?:[ \t]{0,4}basic)[ \t]{1,4}([\w.~+/=-]{8,})/gi;

/** JSON web tokens, what is left of them, and other credentials. */
function webTokens(text: string): readonly Found[] {
  const found = [...lastGroups(text, credentials)];
  for (const run of webTokenRuns(text, 12)) {
    const pieces = alone(run, text);
    const whole = joined(pieces);
    if (publicWord.test(whole)) continue;
    const at = isRestOfToken(whole) ? 0 : /(?<![A-Za-z0-9])eyJ[\w-]{8}/.exec(whole)?.index;
    if (at !== undefined) found.push(placesIn(pieces, at, whole.length));
  }
  return found;
}

function isRestOfToken(text: string): boolean {
  // Without these characters it is a run of base64, too.
  return text.length >= shortestMiddle && /\w[-_.]\w/.test(text) && isRandom(text);
}

const hexadecimalRuns = runsOf("[0-9a-fA-F]");
/** Commits have 40 digits. Of a certificate key's 64, 24 more cannot be guessed. */
const shortestKey = 41;
/** What names the number behind it as the digest of an image or a key, or as the ID of a container. */
const publicNumber =
  /(?:sha(?:1|224|256|384|512)[:~\-@/ ]|[/\\]|(?:containerd|cri-o|crio|docker|libpod)[-:]|(?:container|sandbox)s?(?:[ _-]?id)?["'\\: =]{1,8}|"id[\\"]{1,4}: ?[\\"]{1,4})$/i;

function hexadecimalKeys(text: string): readonly Found[] {
  const found: Found[] = [];
  for (const run of hexadecimalRuns(text, shortestKey)) {
    let pieces = run;
    const first = pieces[0];
    if (first === undefined || joined(pieces).length < shortestKey) continue;
    const isPublic = publicNumber.test(text.slice(Math.max(0, first.at - 32), first.at));
    // What follows a public number on the next line is another one.
    if (isPublic) pieces = pieces.slice(1);
    const whole = joined(pieces);
    if (whole.length >= shortestKey && /[0-9]/.test(whole) && /[a-f]/i.test(whole)) {
      found.push(placesIn(pieces, 0, whole.length));
    }
  }
  return found;
}

/** Fields whose values are secrets of any length, in the notations of YAML, JSON, Go and of flags. */
const labeled =
  /(?:client-key-data|token-secret|certificate-?key|(?:tls|ca|sa)\.key)[\\"']{0,4}(?:[ \t]{0,4}[:=][ \t]{0,4}|[ \t]{1,4})[\\"']{0,4}([A-Za-z0-9+/]{12,}={0,2})/gi;

function labeledValues(text: string): readonly Found[] {
  return lastGroups(text, labeled).filter(({ start, end }) => /[0-9]/.test(text.slice(start, end)));
}

function joined(pieces: readonly Piece[]): string {
  return pieces.length === 1 ? (pieces[0]?.text ?? "") : pieces.map(({ text }) => text).join("");
}

/** Words change between capitals, small letters and digits more rarely than random characters do. */
const leastChanges = 0.37;

function isRandom(text: string): boolean {
  if (!(/[a-z]/.test(text) && /[A-Z]/.test(text) && /[0-9]/.test(text))) return false;
  let count = 0;
  let changes = 0;
  let before: ReturnType<typeof kindOf>;
  for (let index = 0; index < text.length; index++) {
    const kind = kindOf(text.charCodeAt(index));
    if (kind === undefined) continue;
    count += 1;
    if (kind !== before) changes += 1;
    before = kind;
  }
  return changes >= count * leastChanges;
}

/** Undefined for what is neither letter nor digit: it may separate words as well. */
function kindOf(code: number): "digit" | "capital" | "small" | undefined {
  if (code >= 0x61 && code <= 0x7a) return "small";
  if (code >= 0x41 && code <= 0x5a) return "capital";
  return code >= 0x30 && code <= 0x39 ? "digit" : undefined;
}
