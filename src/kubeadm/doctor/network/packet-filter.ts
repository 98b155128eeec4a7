/** A rule that keeps a port of the cluster closed. */
export interface BlockingRule {
  readonly rule: string;
  /** The rule as words of a command line, without quotes. */
  readonly words: readonly string[];
  readonly port: number;
}

interface Rule {
  readonly text: string;
  readonly words: readonly string[];
  readonly verdict: "DROP" | "REJECT" | "ACCEPT";
  /** The ports that it matches; undefined means all. */
  readonly ports: readonly (readonly [number, number])[] | undefined;
  /** Nothing but the protocol and the port decides whether it matches. */
  readonly isUnconditional: boolean;
  /** It names senders or receivers. */
  readonly namesPeers: boolean;
}

/**
 * Returns the rules of a chain, as `iptables -S CHAIN` prints them, that drop or reject every connection to one of the ports.
 * A rule before them that lets some through makes them intended.
 */
export function blockingRules(list: string, ports: readonly number[]): readonly BlockingRule[] {
  const rules = list.split("\n").flatMap(parsedRule);
  return ports.flatMap((port) => {
    const first = rules.find((rule) => matches(rule, port) && (rule.verdict === "ACCEPT" ? opens(rule) : closes(rule)));
    if (first === undefined || first.verdict === "ACCEPT") return [];
    return [{ rule: first.text, words: first.words, port }];
  });
}

/** A rule for connections that exist already, or for an interface such as lo, opens nothing to other machines. */
function opens({ ports, isUnconditional, namesPeers }: Rule): boolean {
  return ports !== undefined || isUnconditional || namesPeers;
}

/** A rule without any port is about all traffic, and is left to anyone who wrote it. */
function closes({ ports, isUnconditional }: Rule): boolean {
  return ports !== undefined && isUnconditional;
}

const portOptions: ReadonlySet<string> = new Set(["--dport", "--dports", "--destination-port", "--destination-ports"]);
const peerOptions: ReadonlySet<string> = new Set(["-s", "-d", "--src-range", "--dst-range", "--match-set"]);
const plainMatches: ReadonlySet<string> = new Set(["tcp", "multiport", "comment"]);

function parsedRule(text: string): readonly Rule[] {
  const words = wordsOf(text);
  const at = words.lastIndexOf("-j");
  const verdict = words[at + 1];
  const protocol = words[words.indexOf("-p") + 1];
  if (words[0] !== "-A" || at < 2 || (words.includes("-p") && protocol !== "tcp")) return [];
  if (verdict !== "DROP" && verdict !== "REJECT" && verdict !== "ACCEPT") return [];
  // The name of the chain comes first.
  const matchers = words.slice(2, at);
  const options = matchers.filter((_, index) => index % 2 === 0);
  const isUnconditional = options.every((option, index) => isPlain(option, matchers[2 * index + 1]));
  const ports = words.find((_, index) => portOptions.has(words[index - 1] ?? ""));
  const namesPeers = words.some((word) => peerOptions.has(word));
  return [{ text, words, verdict, ports: ports?.split(",").map(rangeOf), isUnconditional, namesPeers }];
}

/** Any option that is not known to be harmless may limit the rule: to senders, to a rate, to packets with some flags. */
function isPlain(option: string, value: string | undefined): boolean {
  if (option === "-p") return value === "tcp";
  if (option === "-m") return plainMatches.has(value ?? "");
  return portOptions.has(option) || option === "--comment";
}

/** Splits a rule into words: iptables quotes with double quotes and backslashes. */
function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|\S+/g)].map(([word, quoted]) =>
    quoted === undefined ? word : quoted.replace(/\\(.)/g, "$1"),
  );
}

function rangeOf(entry: string): readonly [number, number] {
  const [from = "", to = from] = entry.split(":");
  return [Number(from), Number(to)];
}

function matches({ ports }: Rule, port: number): boolean {
  return ports === undefined || ports.some(([from, to]) => port >= from && port <= to);
}
