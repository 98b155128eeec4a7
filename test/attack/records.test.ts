import { generateKeyPairSync } from "node:crypto";
import { digestOf } from "../../src/journal/journal.ts";
import { type Attack, attacksBy } from "./attack.ts";
import { watchProgram } from "./watched-program.ts";
import { damage, marker } from "./weapons.ts";

const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "pem", type: "sec1" });
const pem = String(key).trim();
const base64 = Buffer.from(pem).toString("base64");
const certificateKey = digestOf(pem);
const webToken = [
  { alg: "RS256", kid: certificateKey },
  { sub: "system:serviceaccount:kube-system:x", jti: pem },
]
  .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
  .concat(Buffer.from(`${certificateKey}${certificateKey}`, "hex").toString("base64url"))
  .join(".");

/** What tells a secret: each part of it that is long enough. */
const parts = [...pem.split("\n").slice(1, -1), base64, webToken, certificateKey, "0123456789abcdef"].flatMap(
  (secret) =>
    Array.from({ length: Math.ceil(secret.length / 20) }, (_, index) => secret.slice(index * 20).slice(0, 40)).filter(
      (part) => part.length >= 16,
    ),
);

function byLines(name: string, lines: readonly string[]): Attack {
  const time = "2026-01-01T00:00:00.000Z";
  const events = [
    { v: 1, time, type: "run.started", command: "kubeadm doctor", version: "x" },
    {
      ...{
        v: 1,
        time,
        type: "doctor.check",
        check: marker,
        group: "kubelet",
        title: marker,
        state: "error",
        causes: [],
      },
      findings: [{ severity: "error", finding: `${marker} ${lines.join("\n")}`, evidence: lines }],
    },
    { v: 1, time, type: "warning", message: lines[0], more: lines.slice(1) },
    {
      v: 1,
      time,
      type: "run.failed",
      code: "X",
      message: lines.join("\n"),
      causes: lines,
      remedy: "",
      details: { lines },
    },
  ];
  return {
    name,
    run: async ({ program }) => {
      const files = { "/events.ndjson": events.map((event) => JSON.stringify(event)).join("\n") };
      const { stdout, stderr } = await watchProgram(program, ["report", "/events.ndjson"], { files });
      const leaked = parts.find((part) => (stdout + stderr).includes(part));
      return {
        carriedOut: stdout.includes(marker),
        won: leaked === undefined ? damage(stderr) : `the page has ${leaked.slice(0, 8)}…`,
      };
    },
  };
}

attacksBy("a program that logs its secrets", "have them on a page that is passed on", [
  byLines("writes a key over several lines", pem.split("\n")),
  byLines("writes the end of a key", pem.split("\n").slice(1)),
  byLines("writes the beginning of a key", ["starting", ...pem.split("\n").slice(0, 3)]),
  byLines("writes a key in base64", [`client-key-data: ${base64}`]),
  byLines("writes the middle of that", [base64.slice(50, 150), base64.slice(150, 250)]),
  byLines("writes a token of a service account", [`Authorization: Bearer ${webToken}`]),
  byLines("writes a certificate key", [`--certificate-key=${certificateKey}`]),
  byLines("writes a token between underscores", ["x_abcdef.0123456789abcdef_y"]),
  byLines("folds a token", ["token abcdef.01234567", "89abcdef"]),
]);

/** Runs a command with a file that must cause neither an internal error nor a hang. */
function byRecord(
  name: string,
  args: readonly string[],
  files: Readonly<Record<string, string>>,
  shown: string,
): Attack {
  return {
    name,
    run: async ({ program }) => {
      const { status, stdout, stderr } = await watchProgram(program, args, { files });
      return {
        carriedOut: (stdout + stderr).includes(shown),
        won: status === undefined ? "the program hung" : damage(stderr),
      };
    },
  };
}

function sealed(fields: object, json = `${JSON.stringify(fields, undefined, 2)}\n`): Readonly<Record<string, string>> {
  return { "/var/lib/kubeadm/journal.json": `${json}sha256:${digestOf(json)}\n` };
}

const journal = {
  version: 1,
  run: { command: "join", role: "worker", nodeName: "w1", target: "", configuration: {} },
  ...{ program: "kubeadm", startedAt: "2026-01-01T00:00:00.000Z", updatedAt: "2026-01-01T00:00:00.000Z" },
  ...{ phases: [], files: [], services: [], objects: [] },
};
const nested = "[".repeat(100_000) + "]".repeat(100_000);
const doctor = ["doctor", "unfinished-run"] as const;

attacksBy("the author of the records of a run", "crash the program", [
  byRecord(
    "leaves out what was there before",
    doctor,
    sealed({ ...journal, files: [{ path: "/etc/a", phase: "x" }] }),
    "unfinished-run",
  ),
  byRecord(
    "names a state that does not exist",
    doctor,
    sealed({ ...journal, phases: [{ name: "x", state: {} }] }),
    "unfinished-run",
  ),
  byRecord("nests a journal without end", doctor, sealed({}, `{"version":1,"run":${nested}}\n`), "unfinished-run"),
  byRecord(
    "nests an event without end",
    ["report", "/events"],
    { "/events": `{"v":1,"type":"run.started","command":"${marker}"}\n{"v":1,"type":"warning","message":${nested}}\n` },
    marker,
  ),
]);
