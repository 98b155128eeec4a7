import type { Clock } from "../../async/clock.ts";
import { started } from "../../async/started.ts";
import { followRedirects } from "../../cluster/follow-redirects.ts";
import { type TransportConnection, TransportError } from "../../cluster/transport.ts";
import { isKubeadmError, KubeadmError } from "../../errors/kubeadm-error.ts";
import { foreignText } from "../../errors/printable-text.ts";
import type { Events } from "../../events/events.ts";
import { formatDuration } from "../../go/duration.ts";
import { goQuote } from "../../go/quote.ts";
import { withLeadingV } from "../../kubernetes/semantic-version.ts";
import { kubernetesMajor, kubernetesMinor, kubernetesVersion } from "../version.ts";

export interface ReleasePorts {
  /** Connects to the server of a URL, verified with the machine's CAs; the environment's proxy rules apply. */
  readonly connect: (url: string) => Promise<TransportConnection>;
  readonly clock: Pick<Clock, "monotonic">;
  readonly events: Events;
  readonly signal: AbortSignal;
}

/** Looks up on the release servers what version a label such as `stable` or `latest-1.37` stands for. */
export interface ReleaseLabels {
  /** Starts the look-ups of labels that may be needed, in parallel; versions need none. */
  begin(labels: readonly string[]): void;
  /**
   * Returns the version with a leading v. A server that does not respond makes it this program's version. The first
   * look-up starts the deadline of all of them: a label that is asked for later has what remains of it.
   */
  resolve(label: string): Promise<string>;
}

const releases = "https://dl.k8s.io";
const ciBuilds = "https://storage.googleapis.com/k8s-release-dev";
/** For all labels together; upstream, which asks for one after the other, gives each of them as much. */
const deadlineMs = 10_000;
/** A version is a few bytes. */
const maxBytes = 4_096;

const version = /^v?(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)[-\w.+]*$/;
const label = /^(?:latest|stable)+(?:-[1-9](?:\.[1-9]\d?)?)?$/;
/** The newest release of this program's own minor version. */
const ownLabel = `stable-${kubernetesMajor}.${kubernetesMinor}`;

export function releaseLabels(ports: ReleasePorts): ReleaseLabels {
  const answers = new Map<string, Promise<string>>();
  let toldOffline = false;
  let end: number | undefined;
  const answerOf = (url: string): Promise<string> => {
    end ??= ports.clock.monotonic() + deadlineMs;
    // The failure is reported when the label is resolved.
    const known = answers.get(url) ?? started(fetchText(url, end, ports));
    answers.set(url, known);
    return known;
  };
  const ownVersion = (reason: string): string => {
    if (!toldOffline) {
      const message = `could not fetch a Kubernetes version from the internet: ${reason}; falling back to the local client version: ${kubernetesVersion}`;
      ports.events.emit("warning", { message });
    }
    toldOffline = true;
    return kubernetesVersion;
  };
  const resolve = async (text: string): Promise<string> => {
    if (version.test(text)) return withLeadingV(text);
    const { name, url } = addressOf(text);
    if (version.test(name)) return withLeadingV(name);
    let answer: string;
    try {
      answer = await answerOf(url);
    } catch (error) {
      if (!isKubeadmError(error) || error.code === "CANCELLED" || ports.signal.aborted) throw error;
      return ownVersion(error.message);
    }
    if (!isNewerMinor(answer)) return withLeadingV(answer);
    // A server that returns the same response for every label must not be queried forever.
    if (name === ownLabel)
      return ownVersion(`${goQuote(url)} says ${foreignText(answer)}, which is not a version of ${ownLabel}`);
    const message = `remote version is much newer: ${foreignText(answer)}; falling back to: ${ownLabel}`;
    ports.events.emit("log", { level: 0, message });
    return resolve(ownLabel);
  };
  return {
    resolve,
    begin: (labels) => {
      const asked = labels.filter((each) => label.test(each));
      // Any of them may stand for a version that is too new.
      for (const each of asked.length === 0 ? [] : [...asked, ownLabel]) void answerOf(addressOf(each).url);
    },
  };
}

function addressOf(text: string): { readonly name: string; readonly url: string } {
  const [found, , prefix = "release", name = ""] = /^((release|ci)\/)?([-\w.+]+)$/.exec(text) ?? [];
  if (found === undefined) throw invalid(`invalid version ${goQuote(text)}`);
  if (!label.test(name) && !version.test(name)) {
    throw invalid(
      `version ${goQuote(text)} doesn't match patterns for neither semantic version nor labels (stable, latest, ...)`,
    );
  }
  const server = prefix === "ci" ? ciBuilds : releases;
  return { name, url: `${server}/${prefix}/${name}.txt` };
}

/** A newer minor version than this program's is of no use to it: it cannot upgrade to that. Throws if it is no version. */
function isNewerMinor(answer: string): boolean {
  const [found, major = "", minor = ""] = /^v?(\d+)\.(\d+)(?:\.\d+)*/.exec(answer) ?? [];
  const shown = goQuote(foreignText(answer));
  if (found === undefined) throw invalid(`remote version error: could not parse ${shown} as version`);
  if (!version.test(answer)) throw invalid(`invalid version ${shown}`);
  return Number(major) > kubernetesMajor || (Number(major) === kubernetesMajor && Number(minor) > kubernetesMinor);
}

/** `end`: the deadline, on the monotonic clock. */
async function fetchText(url: string, end: number, ports: ReleasePorts): Promise<string> {
  const failed = (reason: string, cause?: unknown) =>
    new KubeadmError("RELEASE_UNKNOWN", `unable to get URL ${goQuote(url)}: ${reason}`, { cause, details: { url } });
  try {
    const send = async (at: string) => {
      const timeoutMs = end - ports.clock.monotonic();
      if (timeoutMs <= 0) throw failed(`the ${formatDuration(deadlineMs)} for all labels are over`);
      const connection = await ports.connect(at);
      return connection.send({ method: "GET", url: at, headers: { accept: "*/*" }, timeoutMs }, ports.signal);
    };
    const { response } = await followRedirects(url, { send, refused: failed });
    const text = (await response.text(maxBytes)).trim();
    if (response.status === 200) return text;
    throw failed(`status ${response.status}`);
  } catch (error) {
    if (error instanceof TransportError) throw failed(error.message, error);
    throw error;
  }
}

function invalid(reason: string): KubeadmError {
  return new KubeadmError("RELEASE_UNKNOWN", reason);
}
