// Short texts with a grammar: expressions of -o, durations, quantities, versions, addresses, flags.
import { addressAt, cidrContains, parseCidr, parseCidrList } from "../../../src/addresses/cidr.ts";
import { formatIp, isGlobalUnicast, parseIp } from "../../../src/addresses/ip-address.ts";
import { proxyFor, proxyOfGoPrograms } from "../../../src/cluster/proxy.ts";
import { parseBool } from "../../../src/go/bool.ts";
import { formatCsvRecord, parseCsvRecord } from "../../../src/go/csv.ts";
import { DurationError, formatDuration, parseDuration } from "../../../src/go/duration.ts";
import { AddressError, joinHostPort, splitHostPort } from "../../../src/go/host-port.ts";
import { parseInteger } from "../../../src/go/integer.ts";
import { jsonPath } from "../../../src/go/jsonpath/jsonpath.ts";
import { goQuote } from "../../../src/go/quote.ts";
import { goTemplate } from "../../../src/go/template/template.ts";
import { TemplateError } from "../../../src/go/template/template-error.ts";
import { unquoteGo } from "../../../src/go/unquote.ts";
import { parseGoUrl, UrlError } from "../../../src/go/url.ts";
import { type GoValue, withIntegers } from "../../../src/go/value.ts";
import { parseFeatureGates } from "../../../src/kubeadm/config/fields/feature-gates.ts";
import { imageRepository, imageTag, versionOfTag } from "../../../src/kubernetes/image-name.ts";
import { canonicalQuantity, QuantityError } from "../../../src/kubernetes/quantity.ts";
import {
  compareVersions,
  parseSemanticVersion,
  readSemanticVersion,
  versionText,
} from "../../../src/kubernetes/semantic-version.ts";
import { answer, type FuzzTarget, requireSame, textTarget, WrongAnswer } from "../target.ts";
import { fieldsIn, filesLike, valuesIn } from "./samples.ts";

const object = JSON.parse(filesLike("test/golden/templates/object.json")[0] ?? "{}") as GoValue;
const integers = withIntegers(object);

function templatesOf(language: string): readonly string[] {
  return valuesIn("test/golden/templates/cases.jsonl").flatMap((each) => {
    const { language: of, template } = each as { readonly language: string; readonly template: string };
    return of === language ? [template] : [];
  });
}

/** A template that never ends, nests too deep, or asks for too long a text: the program tells these errors of the engine. */
class TooMuch extends Error {}

function orTooMuch<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) throw new TooMuch("it nests too deep, or its text is too long");
    throw error;
  }
}

function jsonpath(text: string): string {
  const options = { allowMissingKeys: true, asJson: text.length % 2 === 0 };
  return answer(() => orTooMuch(() => `${jsonPath(text, options)(object).length > 0}`), ...[TemplateError, TooMuch]);
}

/** A loop over a large number takes long in Go, too: who writes the template waits. */
function withoutLongLoops(text: string): string {
  return text.includes("range") ? text.replaceAll(/\d[\da-fx_]{3,}/gi, (digits) => digits.slice(0, 3)) : text;
}

function template(text: string): string {
  const options = { allowMissingKeys: text.length % 2 === 0 };
  return answer(
    () => orTooMuch(() => `${goTemplate(withoutLongLoops(text), options)(integers).length > 0}`),
    ...[TemplateError, TooMuch],
  );
}

function duration(text: string): string {
  return answer(() => {
    const milliseconds = parseDuration(text);
    const written = formatDuration(milliseconds);
    requireSame("a duration written again", formatDuration(parseDuration(written)), written);
  }, DurationError);
}

function quantity(text: string): string {
  return answer(() => void canonicalQuantity(text), QuantityError);
}

function version(text: string): string {
  const reading = readSemanticVersion(text);
  if ("problem" in reading) return reading.problem.slice(0, 24);
  const written = versionText(reading.version);
  requireSame("a version written again", parseSemanticVersion(written), reading.version);
  if (compareVersions(reading.version, reading.version) !== 0)
    throw new WrongAnswer("a version is not the same as itself");
  return "a version";
}

function url(text: string): string {
  const proxies = [
    proxyFor({ protocol: "https:", hostname: "10.0.0.1", port: "6443" }, { HTTPS_PROXY: text, NO_PROXY: text }),
    proxyOfGoPrograms({ protocol: "https:", hostname: "a.b", port: "" }, { HTTPS_PROXY: text }),
  ];
  return `${answer(() => void parseGoUrl(text), UrlError)} ${proxies.filter((each) => each !== undefined).length}`;
}

function hostPort(text: string): string {
  return answer(() => {
    const { host, port } = splitHostPort(text);
    requireSame("a host and port joined again", splitHostPort(joinHostPort(host, port)), { host, port });
  }, AddressError);
}

function address(text: string): string {
  const ip = parseIp(text);
  if (ip !== undefined) {
    requireSame("an address written again", parseIp(formatIp(ip)), ip);
    isGlobalUnicast(ip);
  }
  const cidr = parseCidr(text);
  if (cidr !== undefined) {
    addressAt(cidr, 10);
    if (!cidrContains(cidr, cidr.network)) throw new WrongAnswer("a subnet does not have its own address");
  }
  return `${ip?.family} ${cidr?.network.family} ${parseCidrList(text)?.length}`;
}

/** Its error's class is private: the message is all that its caller reads. */
function csv(text: string): string {
  return answer(() => {
    let fields: readonly string[];
    try {
      fields = parseCsvRecord(text);
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) throw error;
      return "refused";
    }
    // An empty record, and one that begins with an empty line, have no text.
    if (fields.length === 1 && fields[0] === "") return "empty";
    const written = formatCsvRecord(fields);
    requireSame(
      "a record written again",
      parseCsvRecord(written),
      fields.map((field) => field.replaceAll("\r\n", "\n")),
    );
    return "a record";
  });
}

function scalar(text: string): string {
  const quoted = unquoteGo(goQuote(text));
  if (quoted !== text && !/[\ufffd]/.test(text))
    throw new WrongAnswer(`${goQuote(text)} is not unquoted to what it was`);
  imageRepository(text);
  versionOfTag(imageTag(text));
  return [
    parseBool(text),
    typeof parseInteger(text, { base: 0, bits: 32n }),
    typeof parseInteger(text, { base: 10, bits: 64n }),
    unquoteGo(text) === undefined,
  ].join(" ");
}

export const valueTargets: readonly FuzzTarget[] = [
  textTarget("jsonpath", {
    samples: () => templatesOf("jsonpath"),
    words: [
      "{",
      "}",
      "[",
      "]",
      "..",
      "?(",
      ")",
      "@.",
      "range ",
      "{end}",
      "*",
      ":",
      "'",
      '"',
      "==",
      "\\",
      "[-1:]",
      "{.}",
    ],
    read: jsonpath,
  }),
  textTarget("templates", {
    samples: () => templatesOf("template").concat(templatesOf("go-template")),
    words: [
      ...[
        "{{",
        "}}",
        "{{-",
        "-}}",
        "range ",
        "with ",
        "if ",
        "else ",
        "end",
        "define ",
        "template ",
        "block ",
        "break",
      ],
      ...[
        "$x",
        ":=",
        "|",
        "(",
        ")",
        "printf ",
        "index ",
        "slice ",
        "len ",
        "eq ",
        "and ",
        "%99999d",
        "%s",
        "`",
        "'a'",
        "0x",
        "1e400",
      ],
    ],
    read: template,
  }),
  textTarget("durations", {
    samples: () => ["1h2m3.5s", "-1.5h", "100ms", "1us", "1\u00b5s", "+5m", ".5s", "0", "9223372036854775807ns"],
    words: ["h", "m", "s", "ms", "ns", ".", "-", "9"],
    read: duration,
  }),
  textTarget("quantities", {
    samples: () => fieldsIn("test/golden/pods/quantities.jsonl", "text"),
    words: ["Ki", "Mi", "m", "e", "E", "1e", "-", ".", "0", "n", "99999999999999999999"],
    read: quantity,
  }),
  textTarget("versions", {
    samples: () => ["v1.37.2", "1.38.0-beta.0", "1.37.2-rc.1+build.5", "v1.37.0-alpha.0.27+d2a5e1c", "1.2"],
    words: [".", "-", "+", "v", "rc", "0", "01", "18446744073709551616"],
    read: version,
  }),
  textTarget("urls", {
    samples: () => [
      "https://192.0.2.1:6443",
      "http://user:secret@proxy.example:3128/",
      "[fd00::1]:6443",
      "socks5://a",
      "*",
      ".example.com,10.0.0.0/8",
    ],
    words: ["://", "@", "[", "]", "%", "%zz", "#", "?", ":", "//", "fd00::1%25eth0", ","],
    read: url,
  }),
  textTarget("host-ports", {
    samples: () => ["192.0.2.1:6443", "[fd00::1]:6443", "a:b", ":1"],
    words: ["[", "]", ":", "%"],
    read: hostPort,
  }),
  textTarget("addresses", {
    samples: () => [
      "192.0.2.1",
      "fd00::1",
      "::ffff:10.0.0.1",
      "10.96.0.0/12",
      "10.96.0.0/12,fd00::/108",
      "::ffff:10.0.0.0/104",
      "::",
    ],
    words: ["::", ":", ".", "/", "128", "0", "ffff", ",", "%eth0"],
    read: address,
  }),
  textTarget("comma-separated", {
    samples: () => ["a,b", '"a,b",c', '"a""b"', "a\nb", "a=b,c=d"],
    words: ['"', '""', ",", "\n", "\r\n"],
    read: csv,
  }),
  textTarget("scalars", {
    samples: () => [
      "true",
      "0x1F",
      "1_000",
      "-42",
      '"a\\n\\x41"',
      "'a'",
      "`a`",
      "registry.k8s.io/pause:3.10@sha256:ab",
    ],
    words: ["\\u00e9", "\\U0001F600", "\\377", "_", "0b", "0o", ":", "@", "/"],
    read: scalar,
  }),
  textTarget("feature-gates", {
    samples: () => ["NodeLocalCRISocket=true,RootlessControlPlane=false"],
    words: ["=", ",", "true", "WaitForAllControlPlaneComponents", " "],
    read: (text) => answer(() => void parseFeatureGates(text)),
  }),
];
