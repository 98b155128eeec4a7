import { describe, expect, it } from "vitest";
import { machine, told } from "../../../test/fixtures/kubeadm/preflight/preflight.ts";
import { testAuthority } from "../../../test/fixtures/pki/authority.ts";
import type { Identity, ServerSettings } from "../../cluster/connections.ts";
import { type HttpResponse, TransportError } from "../../cluster/transport.ts";
import { memoryClock } from "../../host/memory/clock.ts";
import { externalEtcdVersion } from "./external-etcd-version.ts";

const etcd = {
  endpoints: ["https://192.0.2.1:2379"],
  httpEndpoints: ["https://192.0.2.1:2379/"],
  caFile: "/ca",
  certFile: "/crt",
  keyFile: "/key",
};
const authority = (await testAuthority("etcd-ca")).certificatePem;
const files = { "/ca": `text\n${authority}`, "/crt": "certificate", "/key": "key" };

type Answer = { readonly status: number; readonly body: string } | Error;

function look(answers: readonly Answer[], seed = files, configuration = etcd) {
  const asked: { url: string; settings: ServerSettings; identity: Identity | undefined }[] = [];
  const left = [...answers];
  const check = externalEtcdVersion(configuration, {
    transport: (_url, settings, identity) => ({
      send: async ({ url }): Promise<HttpResponse> => {
        asked.push({ url, settings, identity });
        const answer = left.shift() ?? new TransportError("refused", url, "connection refused");
        if (answer instanceof Error) throw answer;
        return { status: answer.status, headers: {}, text: async () => answer.body, lines: async function* () {} };
      },
      close: () => undefined,
    }),
  });
  const good = machine({ files: seed });
  const clock = memoryClock({ automatic: true });
  return { asked, told: told([check], { ...good, ports: { ...good.ports, clock } }) };
}

const version = (text: string) => ({ status: 200, body: JSON.stringify({ etcdserver: text }) });

describe("an external etcd", () => {
  it("is asked with the API server's certificate, and passes with a version that is new enough", async () => {
    const { asked, told: outcome } = look([version("3.6.1")]);
    expect((await outcome).lines).toEqual([]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      url: "https://192.0.2.1:2379/version",
      settings: { certificateAuthority: authority },
      identity: { clientCertificate: "certificate" },
    });
    expect(asked[0]?.identity?.clientKey?.reveal()).toBe("key");
  });

  it("may be just starting: four looks are taken", async () => {
    const { asked, told: outcome } = look([
      { status: 503, body: "" },
      new TransportError("refused", "u", "refused"),
      version("3.7.0"),
    ]);
    expect((await outcome).lines).toEqual([]);
    expect(asked).toHaveLength(3);
    const silent = look([]);
    expect((await silent.told).lines).toEqual([
      'ERROR ExternalEtcdVersion: Get "https://192.0.2.1:2379/version": connection refused',
    ]);
    expect(silent.asked).toHaveLength(4);
  });

  it.each([
    [
      "is too old",
      version("3.5.23"),
      "this version of kubeadm only supports external etcd version >= 3.5.24-0. Current version: 3.5.23",
    ],
    ["has a version that is not one", version("x"), `couldn't parse external etcd version "x"`],
    [
      "is another program",
      { status: 200, body: "<html>" },
      "https://192.0.2.1:2379/ does not respond like an etcd server",
    ],
  ])("that %s is an error", async (_, answer, message) => {
    expect((await look([answer]).told).lines).toEqual([`ERROR ExternalEtcdVersion: ${message}`]);
  });

  it("whose certificate is not here is not asked", async () => {
    const { asked, told: outcome } = look([], { ...files, "/ca": "" }, { ...etcd, caFile: "/none" });
    expect((await outcome).lines[0]).toContain("couldn't load external etcd's certificates: open /none");
    expect(asked).toEqual([]);
  });
});
