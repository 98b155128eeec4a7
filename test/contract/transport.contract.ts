import assert from "node:assert/strict";
import { Secret } from "../../src/errors/secret.ts";
import { failureOf, get, never, type TransportCase } from "./transport-case.ts";
import { limitCases } from "./transport-limits.contract.ts";

const junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

/** What every transport must do; run on Node.js by vitest and inside the compiled program's runtime by a child process. */
export const transportCases: readonly TransportCase[] = [
  {
    name: "asks without TLS where the URL says http",
    run: async (connect, { plainHttp }) => {
      const { send, close } = connect({});
      const response = await send(get(plainHttp.replace("https:", "http:")), never);
      assert.equal(response.status, 200);
      assert.equal(await response.text(), "<html>");
      close();
    },
  },
  {
    name: "sends method, headers and body, and gives status, headers and text",
    run: async (connect, { https, certificateAuthority }) => {
      const { send } = connect({ certificateAuthority });
      const response = await send(
        { method: "POST", url: `${https}/echo?x=1`, headers: { "x-test": "yes" }, body: "héllo", timeoutMs: 5_000 },
        never,
      );
      assert.equal(response.status, 200);
      assert.ok(!Number.isNaN(Date.parse(response.headers["date"] ?? "")));
      const echo = JSON.parse(await response.text()) as Record<string, unknown>;
      assert.equal(echo["method"], "POST");
      assert.equal(echo["url"], "/echo?x=1");
      assert.equal(echo["x-test"], "yes");
      assert.equal(echo["body"], "héllo");
    },
  },
  {
    name: "uses one connection for requests that follow one another",
    run: async (connect, { https, certificateAuthority }) => {
      const { send } = connect({ certificateAuthority });
      const port = async () => JSON.parse(await (await send(get(`${https}/echo`), never)).text())["port"] as number;
      assert.equal(await port(), await port());
    },
  },
  {
    name: "verifies servers with keys of ML-DSA, and shows them a certificate with such a key",
    run: async (connect, { mlDsa }) => {
      assert.equal(mlDsa.length, 3);
      for (const { url, certificateAuthority, certificate, key } of mlDsa) {
        const own = { clientCertificate: certificate, clientKey: new Secret(key) };
        const response = await connect({ certificateAuthority, ...own }).send(get(`${url}/echo`), never);
        assert.equal((JSON.parse(await response.text()) as Record<string, unknown>)["client"], "someone");
      }
    },
  },
  {
    name: "refuses servers with keys of ML-DSA below another CA, of whatever kind",
    run: async (connect, { mlDsa, otherAuthority }) => {
      for (const { url, algorithm } of mlDsa) {
        const others = mlDsa.filter((each) => each.algorithm !== algorithm).map((each) => each.certificateAuthority);
        for (const certificateAuthority of [otherAuthority, ...others]) {
          const error = await failureOf(connect({ certificateAuthority }).send(get(`${url}/echo`), never));
          assert.equal(error.code, "certificate-untrusted", algorithm);
        }
      }
    },
  },
  {
    name: "says in Go's words that a server takes none of the algorithms",
    run: async (connect, { nothingInCommon, certificateAuthority }) => {
      const error = await failureOf(connect({ certificateAuthority }).send(get(`${nothingInCommon}/echo`), never));
      assert.equal(error.code, "no-common-algorithm");
      assert.match(error.message, /^Get "https:.*": remote error: tls: handshake failure$/);
    },
  },
  {
    name: "refuses a server of another CA",
    run: async (connect, { https, otherAuthority }) => {
      const error = await failureOf(
        connect({ certificateAuthority: otherAuthority }).send(get(`${https}/echo`), never),
      );
      assert.equal(error.code, "certificate-untrusted");
      assert.match(error.message, /^Get "https:.*x509: certificate signed by unknown authority/);
    },
  },
  {
    name: "refuses a server that the machine's own CAs do not vouch for",
    run: async (connect, { https }) => {
      const error = await failureOf(connect({}).send(get(`${https}/echo`), never));
      assert.equal(error.code, "certificate-untrusted");
    },
  },
  {
    name: "refuses a certificate for another name",
    run: async (connect, { wrongName, certificateAuthority }) => {
      const error = await failureOf(connect({ certificateAuthority }).send(get(`${wrongName}/echo`), never));
      assert.equal(error.code, "certificate-name-mismatch");
    },
  },
  {
    name: "refuses an expired certificate",
    run: async (connect, { expired, certificateAuthority }) => {
      const error = await failureOf(connect({ certificateAuthority }).send(get(`${expired}/echo`), never));
      assert.equal(error.code, "certificate-expired");
    },
  },
  {
    name: "takes a certificate that has the host's name, directly and behind a proxy",
    run: async (connect, { named, certificateAuthority, proxy }) => {
      for (const more of [{}, { proxy }]) {
        const { send } = connect({ certificateAuthority, ...more });
        assert.equal((await send(get(`${named}/echo`), never)).status, 200);
      }
    },
  },
  {
    name: "refuses a named server of another CA",
    run: async (connect, { named, otherAuthority }) => {
      const error = await failureOf(connect({ certificateAuthority: otherAuthority }).send(get(`${named}/`), never));
      assert.equal(error.code, "certificate-untrusted");
    },
  },
  {
    name: "refuses a certificate whose common name alone is the host's, and sends it nothing, behind a proxy neither",
    run: async (connect, { commonNameOnly, certificateAuthority, proxy }) => {
      for (const more of [{}, { proxy }]) {
        const request = get(`${commonNameOnly}/echo`, { headers: { authorization: "Bearer secret" } });
        const error = await failureOf(connect({ certificateAuthority, ...more }).send(request, never));
        assert.equal(error.code, "certificate-unusable");
        assert.match(error.message, /x509: certificate relies on legacy Common Name field, use SANs instead$/);
      }
      const count = await connect({ insecureSkipVerify: true }).send(get(`${commonNameOnly}/count`), never);
      assert.equal(await count.text(), "0");
    },
  },
  {
    name: "refuses every chain that openssl refuses",
    run: async (connect, { badChains }) => {
      for (const { name, url, certificateAuthority } of badChains) {
        const error = await failureOf(connect({ certificateAuthority }).send(get(url), never));
        assert.match(error.code, /^certificate-(unusable|untrusted|expired)$/, `${name}: ${error.message}`);
        assert.match(error.message, /: tls: failed to verify certificate: x509: /, name);
      }
    },
  },
  {
    name: "goes without verification only where it is told to",
    run: async (connect, { https }) => {
      const response = await connect({ insecureSkipVerify: true }).send(get(`${https}/echo`), never);
      assert.equal(response.status, 200);
    },
  },
  {
    name: "keeps verified and unverified connections apart",
    run: async (connect, { https, otherAuthority }) => {
      await (await connect({ insecureSkipVerify: true }).send(get(`${https}/echo`), never)).text();
      const error = await failureOf(
        connect({ certificateAuthority: otherAuthority }).send(get(`${https}/echo`), never),
      );
      assert.equal(error.code, "certificate-untrusted");
    },
  },
  {
    name: "shows its client certificate",
    run: async (connect, { mutual, certificateAuthority, clientCertificate, clientKey }) => {
      const { send } = connect({ certificateAuthority, clientCertificate, clientKey: new Secret(clientKey) });
      const echo = JSON.parse(await (await send(get(`${mutual}/echo`), never)).text()) as Record<string, unknown>;
      assert.equal(echo["client"], "tester");
    },
  },
  ...(
    [
      ["that is no PEM", "x", "x", /": tls: failed to find any PEM data in certificate input$/],
      ["that is not one", junk, junk, /": tls: /],
    ] as const
  ).map(
    ([what, clientCertificate, key, text]): TransportCase => ({
      name: `tells apart a client certificate of its own ${what}`,
      run: async (connect, { mutual, certificateAuthority }) => {
        const { send } = connect({ certificateAuthority, clientCertificate, clientKey: new Secret(key) });
        const error = await failureOf(send(get(`${mutual}/echo`), never));
        assert.equal(error.code, "client-certificate-unusable");
        assert.match(error.message, text);
      },
    }),
  ),
  ...(
    [
      ["a closed port", "refused", "refused", /connection refused/],
      ["a server that speaks plain HTTP", "plainHttp", "not-tls", /does not look like a TLS handshake/],
      ["a server that resets the connection", "resetting", "reset", /reset by peer|EOF/],
    ] as const
  ).map(
    ([what, server, code, text]): TransportCase => ({
      name: `tells ${what} apart`,
      run: async (connect, fixture) => {
        const error = await failureOf(connect({ insecureSkipVerify: true }).send(get(`${fixture[server]}/`), never));
        assert.equal(error.code, code);
        assert.match(error.message, text);
      },
    }),
  ),
  {
    name: "tells a name that does not resolve apart",
    run: async (connect) => {
      const error = await failureOf(connect({}).send(get("https://no-such-host.invalid/"), never));
      assert.equal(error.code, "host-not-found");
    },
  },
  {
    name: "gives up a server that says nothing when the time is over",
    run: async (connect, { silent }) => {
      const started = performance.now();
      const request = get(`${silent}/`, { timeoutMs: 300 });
      const error = await failureOf(connect({ insecureSkipVerify: true }).send(request, never));
      assert.equal(error.code, "timed-out");
      assert.ok(performance.now() - started < 3_000);
    },
  },
  ...limitCases,
  {
    name: "says when a body is cut off",
    run: async (connect, { https, certificateAuthority }) => {
      const response = await connect({ certificateAuthority }).send(get(`${https}/truncated`), never);
      assert.equal((await failureOf(response.text())).code, "reset");
    },
  },
  {
    name: "gives lines as they arrive and ends immediately when the signal aborts",
    run: async (connect, { https, certificateAuthority }) => {
      const abort = new AbortController();
      const { send } = connect({ certificateAuthority });
      const response = await send(get(`${https}/lines`), abort.signal);
      const lines: string[] = [];
      const reading = (async () => {
        for await (const line of response.lines()) {
          lines.push(line);
          if (lines.length === 2) abort.abort();
        }
      })();
      await assert.rejects(reading, { code: "CANCELLED" });
      assert.deepEqual(lines, ["one", "two"]);
    },
  },
  {
    name: "does not begin when the signal has aborted already",
    run: async (connect, { https }) => {
      await assert.rejects(connect({}).send(get(`${https}/echo`), AbortSignal.abort()), { code: "CANCELLED" });
    },
  },
  {
    name: "does not follow redirects by itself",
    run: async (connect, { https, certificateAuthority }) => {
      const response = await connect({ certificateAuthority }).send(get(`${https}/redirect`), never);
      assert.equal(response.status, 302);
      assert.equal(response.headers["location"], "/echo");
    },
  },
  {
    name: "verifies the address that it is given as the server's name",
    run: async (connect, { wrongName, certificateAuthority }) => {
      const { send } = connect({ certificateAuthority, serverName: "127.0.0.1" });
      assert.equal((await send(get(`${wrongName}/echo`), never)).status, 200);
      const other = connect({ certificateAuthority, serverName: "192.0.2.1" });
      assert.equal((await failureOf(other.send(get(`${wrongName}/echo`), never))).code, "certificate-name-mismatch");
    },
  },
  {
    name: "repeats a proxy's refusal, without the password that the proxy's address contains",
    run: async (connect, { proxy, certificateAuthority }) => {
      const { send } = connect({ certificateAuthority, proxy: proxy.replace("//", "//user:hunter2@") });
      const error = await failureOf(send(get("https://192.0.2.1:6443/"), never));
      assert.equal(error.code, "proxy-failed");
      assert.match(
        error.message,
        /^Get "https:\/\/192\.0\.2\.1:6443\/": Proxy refused to open a tunnel: 403 Forbidden$/,
      );
    },
  },
  {
    name: "gives up on a proxy that does not respond",
    run: async (connect, { silent, certificateAuthority }) => {
      const { send } = connect({ certificateAuthority, proxy: silent.replace("https:", "http:") });
      const error = await failureOf(send(get("https://192.0.2.1:6443/", { timeoutMs: 300 }), never));
      assert.equal(error.code, "timed-out");
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 100);
      await assert.rejects(send(get("https://192.0.2.1:6443/"), abort.signal), { code: "CANCELLED" });
    },
  },
  {
    name: "goes through the proxy that it is given, and verifies the server behind it",
    run: async (connect, { https, proxy, certificateAuthority, otherAuthority }) => {
      const response = await connect({ certificateAuthority, proxy }).send(get(`${https}/echo`), never);
      assert.equal(JSON.parse(await response.text())["proxied"], true);
      const untrusting = connect({ certificateAuthority: otherAuthority, proxy });
      assert.equal((await failureOf(untrusting.send(get(`${https}/echo`), never))).code, "certificate-untrusted");
    },
  },
  {
    name: "does not use a proxy of the environment by itself",
    run: async (connect, { https, certificateAuthority }) => {
      const response = await connect({ certificateAuthority }).send(get(`${https}/echo`), never);
      assert.equal(JSON.parse(await response.text())["proxied"], false);
    },
  },
];
