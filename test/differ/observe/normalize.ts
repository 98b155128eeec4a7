// Replaces what is random, or of the moment, by words, so that two runs of one program read the same.
import { describePem } from "./describe-der.ts";

const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----[A-Za-z0-9+/=\s]*?-----END \1-----/g;
const base64Pem = /\bLS0tLS1CRUdJTi[A-Za-z0-9+/]+={0,2}/g;

type Replace = (text: string) => string;

/** What both programs were given: it is not random, and stays. */
export interface Given {
  /** All of it in one text. */
  readonly text: string;
  /** What lay on the machine before, in one text: the same for both, whatever the world is. */
  readonly tree: string;
  readonly now: Date;
}

export function normalizerFor({ text: given, tree, now }: Given): Replace {
  const isGiven = (value: string) => given.includes(value);
  const unlessGiven = (word: string) => (value: string) => (isGiven(value) ? value : word);
  const pem: Replace = (text) =>
    text.replaceAll(pemBlock, (block: string, label: string) => {
      if (isGiven(block)) return `<given ${label.toLowerCase()} ${digest(block)}>`;
      return describePem(label, block, now) ?? block;
    });
  const steps: readonly Replace[] = [
    (text) =>
      text.replaceAll(base64Pem, (encoded) =>
        tree.includes(encoded) ? `<given base64 ${digest(encoded)}>` : describeEncoded(encoded, pem),
      ),
    pem,
    (text) => text.replaceAll(/\b[a-z0-9]{6}\.[a-z0-9]{16}\b/g, unlessGiven("<random token>")),
    (text) => text.replaceAll(/\b[0-9a-f]{64}\b/g, unlessGiven("<64 hex digits>")),
    (text) =>
      text.replaceAll(
        /(\bbootstrap-token-|\bjws-kubeconfig-|"token-id": ")([a-z0-9]{6})\b/g,
        (whole, head: string, id: string) => (isGiven(id) ? whole : `${head}<random id>`),
      ),
    (text) =>
      text.replaceAll(/("token-secret": ")([a-z0-9]{16})"/g, (whole, head: string, secret: string) =>
        isGiven(secret) ? whole : `${head}<random secret>"`,
      ),
    (text) => text.replaceAll(/("jws-kubeconfig-[^"]+": ?)"[^"]+"/g, '$1"<signature>"'),
    (text) => text.replaceAll(/(\bjws-kubeconfig-\w{6}: )ey[\w-]+\.\.[\w-]+/g, "$1<signature>"),
    (text) =>
      text.replaceAll(/(\btoken-id: )([A-Za-z0-9]{8})$/gm, (whole, head: string, encoded: string) =>
        isGiven(Buffer.from(encoded, "base64").toString("latin1")) ? whole : `${head}<random id>`,
      ),
    (text) => text.replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, unlessGiven("<uid>")),
    (text) =>
      text.replaceAll(/\bMjA[A-Za-z0-9+/]{24}=/g, (encoded) => {
        const time = Buffer.from(encoded, "base64").toString("latin1");
        return `base64(${relative(time, now, isGiven)})`;
      }),
    (text) => text.replaceAll(/(kubeadm-(?:init|join|reset|upgrade-apply|upgrade-node)-dryrun)\d+/g, "$1<number>"),
    (text) => text.replaceAll(/(kubeadm-kubelet-config-)\d{4}(-\d\d){5}/g, "$1<time>"),
    (text) => text.replaceAll(/kubelet-client-\d{4}(-\d\d){5}\.pem/g, "kubelet-client-<time>.pem"),
    (text) => text.replaceAll(/^([IWEF])\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ /gm, "$1 "),
    (text) =>
      text.replaceAll(/("?residualTime"?: )(\d+)/g, (_, name: string, seconds: string) => name + inHours(seconds)),
    (text) => text.replaceAll(/\b\d+(?:\.\d+)?(?:ms|µs)\b|\b\d+\.\d+s\b/g, unlessGiven("<duration>")),
    (text) => text.replaceAll(/127\.0\.0\.1:\d{5}->/g, "127.0.0.1:<port>->"),
    (text) => text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (time) => relative(time, now, isGiven)),
    (text) => text.replaceAll(/[A-Z][a-z]{2} \d\d, \d{4} \d\d:\d\d UTC/g, (time) => relative(time, now, isGiven)),
  ];
  return (text) => steps.reduce((current, step) => step(current), text);
}

function inHours(seconds: string): string {
  return seconds === "0" ? "0" : `<${Math.round(Number(seconds) / 3600)}h>`;
}

function describeEncoded(encoded: string, pem: Replace): string {
  const decoded = Buffer.from(encoded, "base64").toString("latin1");
  const described = pem(decoded);
  return described === decoded ? encoded : `base64(${described.trimEnd()}${decoded.endsWith("\n") ? "\\n" : ""})`;
}

function relative(time: string, now: Date, isGiven: (value: string) => boolean): string {
  if (isGiven(time)) return time;
  const hours = (Date.parse(time) - now.getTime()) / 3_600_000;
  // Whole hours where it is many: what was made when the run began is minutes old by its end.
  const shown = Math.abs(hours) < 1.5 ? Math.abs(hours).toFixed(1) : Math.round(Math.abs(hours));
  return Number.isNaN(hours) ? time : `<now${hours < -0.05 ? "-" : "+"}${shown}h>`;
}

function digest(text: string): string {
  let hash = 5381;
  for (const character of text) hash = ((hash << 5) + hash + character.charCodeAt(0)) >>> 0;
  return hash.toString(16).padStart(8, "0");
}
