import assert from "node:assert/strict";
import { failureOf, get, never, type TransportCase } from "./transport-case.ts";

/** How long and how much every transport takes of a server that has no end. */
export const limitCases: readonly TransportCase[] = [
  {
    name: "gives up a body that stops coming",
    run: async (connect, { https, certificateAuthority }) => {
      const { send } = connect({ certificateAuthority });
      const response = await send(get(`${https}/slow`, { timeoutMs: 1_500 }), never);
      assert.equal((await failureOf(response.text())).code, "timed-out");
    },
  },
  {
    name: "gives up a body that never ends when the time is over, however steadily it comes",
    run: async (connect, { https, certificateAuthority }) => {
      const { send } = connect({ certificateAuthority });
      const response = await send(get(`${https}/trickle`, { timeoutMs: 1_500 }), never);
      const error = await failureOf(response.text());
      assert.equal(error.code, "timed-out");
      assert.match(error.message, /Client.Timeout exceeded while reading body/);
    },
  },
  {
    name: "gives up lines that never end when the time is over",
    run: async (connect, { https, certificateAuthority }) => {
      const { send } = connect({ certificateAuthority });
      const response = await send(get(`${https}/trickle-lines`, { timeoutMs: 1_500, idleTimeoutMs: 1_200 }), never);
      let lines = 0;
      const reading = async () => {
        for await (const line of response.lines()) lines += line.length;
      };
      assert.equal((await failureOf(reading())).code, "timed-out");
      assert.ok(lines > 1);
    },
  },
  {
    name: "gives up a watch that has gone silent",
    run: async (connect, { https, certificateAuthority }) => {
      const { send } = connect({ certificateAuthority });
      const response = await send(get(`${https}/lines`, { timeoutMs: 60_000, idleTimeoutMs: 300 }), never);
      const reading = async () => {
        for await (const _ of response.lines());
      };
      assert.equal((await failureOf(reading())).code, "timed-out");
    },
  },
  {
    name: "gives up a head that comes byte by byte",
    run: async (connect, { trickledHead }) => {
      const request = get(`${trickledHead}/`, { timeoutMs: 400 });
      const error = await failureOf(connect({ insecureSkipVerify: true }).send(request, never));
      assert.equal(error.code, "timed-out");
    },
  },
  ...["headers", "header", "garbage"].map(
    (what): TransportCase => ({
      name: `takes no ${what} without end for an answer`,
      run: async (connect, { floods }) => {
        const request = get(`${floods}/${what}`, { timeoutMs: 20_000 });
        const error = await failureOf(connect({ insecureSkipVerify: true }).send(request, never));
        assert.equal(error.code, "malformed-answer");
      },
    }),
  ),
  {
    name: "gives up a handshake that stops",
    run: async (connect, { stalledTls }) => {
      const request = get(`${stalledTls}/`, { timeoutMs: 400 });
      const error = await failureOf(connect({ insecureSkipVerify: true }).send(request, never));
      assert.equal(error.code, "timed-out");
    },
  },
  {
    name: "ends a trickling body immediately when the signal aborts",
    run: async (connect, { https, certificateAuthority }) => {
      const abort = new AbortController();
      const response = await connect({ certificateAuthority }).send(
        get(`${https}/trickle`, { timeoutMs: 60_000 }),
        abort.signal,
      );
      const reading = response.text();
      setTimeout(() => abort.abort(), 100);
      await assert.rejects(reading, { code: "CANCELLED" });
    },
  },
  {
    name: "counts a body while it reads, and stops at the limit",
    run: async (connect, { https, certificateAuthority }) => {
      const response = await connect({ certificateAuthority }).send(get(`${https}/endless`), never);
      const error = await failureOf(response.text(100_000));
      assert.equal(error.code, "malformed-answer");
      assert.match(error.message, /longer than 100000 bytes/);
    },
  },
  {
    name: "counts a line while it reads, and stops at the limit",
    run: async (connect, { https, certificateAuthority }) => {
      const response = await connect({ certificateAuthority }).send(
        get(`${https}/endless`, { timeoutMs: 30_000 }),
        never,
      );
      const reading = async () => {
        for await (const _ of response.lines());
      };
      const error = await failureOf(reading());
      assert.equal(error.code, "malformed-answer");
      assert.match(error.message, /longer than \d+ bytes/);
    },
  },
  {
    name: "asks for no encoding",
    run: async (connect, { https, certificateAuthority }) => {
      const response = await connect({ certificateAuthority }).send(get(`${https}/echo`), never);
      assert.equal((JSON.parse(await response.text()) as Record<string, unknown>)["encodings"], "identity");
    },
  },
  ...["gzip", "br", "zstd", "deflate", "x-other"].map(
    (encoding): TransportCase => ({
      name: `refuses an answer in the encoding ${encoding}`,
      run: async (connect, { https, certificateAuthority }) => {
        const { send } = connect({ certificateAuthority });
        const error = await failureOf(send(get(`${https}/encoded?${encoding}`), never));
        assert.equal(error.code, "malformed-answer");
        assert.match(error.message, new RegExp(`is encoded \\(${encoding}\\)`));
      },
    }),
  ),
];
