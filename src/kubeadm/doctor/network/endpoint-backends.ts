import { joinHostPort } from "../../../go/host-port.ts";
import { shell } from "../../../values/shell.ts";
import { type DoctorCheck, passed, skipped, warned } from "../check.ts";
import type { Examination } from "../examination.ts";
import { anonymousAnswer, type Endpoint, endpoint, resolution } from "../facts/endpoint.ts";
import { notKnown, notResolved } from "./endpoint.ts";

/** Connections to one address: with two backends in turn, half of them reach a dead one. */
const attempts = 8;

export const endpointBackends: DoctorCheck = {
  name: "endpoint-backends",
  group: "network",
  title: "Every connection to the API server succeeds",
  after: ["endpoint-answers"],
  look: async (examination) => {
    const { once } = examination;
    const place = await once(endpoint);
    if (place === undefined) return skipped(notKnown);
    if (place.proxy !== undefined) return skipped("the API server is behind a proxy");
    const resolved = await once(resolution);
    if (resolved?.state !== "resolved") return skipped(notResolved);
    const urls = targets(place, resolved.addresses);
    const [answer, ...reached] = await Promise.all([
      once(anonymousAnswer),
      ...urls.map((url) => connects(url, examination)),
    ]);
    const dead = urls.filter((_, index) => reached[index] === false);
    const answers = answer?.state === "answered";
    if (dead.length === urls.length && !answers) return skipped("the API server does not respond");
    const names = [...new Set(urls)];
    if (dead.length === 0)
      return passed(names.length > 1 ? `${names.length} addresses` : `${urls.length} of ${urls.length}`);
    const what =
      names.length > 1
        ? `${dead.length} of the ${names.length} addresses of ${place.host} do not respond: ${dead.join(", ")}.`
        : `${dead.length} of ${urls.length} connections to ${place.server} failed: one of the servers behind it is down.`;
    return warned(what, {
      evidence: names.map((url) => `${url}: ${dead.filter((each) => each === url).length} failed`),
      remedy:
        "Repair the API server that is down, or remove it from DNS or from the load balancer; configure the load balancer to check its health (/readyz).",
      commands: [shell`kubectl get nodes -l node-role.kubernetes.io/control-plane`],
    });
  },
};

/** One URL for each address of a name, or the same one several times. */
function targets({ server, port }: Endpoint, addresses: readonly string[]): readonly string[] {
  const distinct = [...new Set(addresses)];
  if (distinct.length < 2) return Array.from({ length: attempts }, () => server);
  return distinct.map((address) => `https://${joinHostPort(address, port)}`);
}

async function connects(url: string, { inspectServer, signal }: Examination): Promise<boolean> {
  return (await inspectServer(url, signal))?.reached === "tls";
}
