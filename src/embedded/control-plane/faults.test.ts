import { request as httpsRequest } from "node:https";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { FaultAction } from "./faults.ts";
import { type ControlPlane, startControlPlane } from "./index.ts";
import { requester } from "./requester.ts";

let controlPlane: ControlPlane;

beforeAll(async () => {
  controlPlane = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256" });
});
afterEach(() => controlPlane.faults.clear());
afterAll(() => controlPlane.close());

interface WireAnswer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A request over a socket, verified with the cluster's CA. */
function get(path: string, timeoutMs = 2000): Promise<WireAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<WireAnswer>();
  const request = httpsRequest(
    `${controlPlane.url}${path}`,
    { ca: controlPlane.caCertificatePem, agent: false },
    (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
      response.on("error", reject);
    },
  );
  request.on("error", reject);
  request.setTimeout(timeoutMs, () => request.destroy(new Error("timed out")));
  request.end();
  return promise;
}

const hurt = (action: FaultAction, more: { times?: number; after?: number } = {}) =>
  controlPlane.faults.add({ match: { path: "/version" }, action, ...more });

describe("over a socket", () => {
  test("the server answers with its certificate and a version", async () => {
    const { status, body } = await get("/version");
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ gitVersion: "v1.37.2", minor: "37" });
  });

  test("a reset closes the connection without an answer", async () => {
    hurt({ kind: "reset" });
    await expect(get("/version")).rejects.toThrow("socket hang up");
  });

  test("a truncated answer breaks off in the middle", async () => {
    hurt({ kind: "truncate" });
    await expect(get("/version")).rejects.toThrow("aborted");
  });

  test("a hanging server never answers", async () => {
    hurt({ kind: "hang" });
    await expect(get("/version", 100)).rejects.toThrow("timed out");
  });

  test("a skewed clock shows in the Date header", async () => {
    hurt({ kind: "clock-skew", ms: 3_600_000 });
    const { headers } = await get("/version");
    const skew = Date.parse(String(headers["date"])) - Date.now();
    expect(Math.abs(skew - 3_600_000)).toBeLessThan(5000);
  });
});

describe("without a socket", () => {
  const look = () => requester(controlPlane).send("GET", "/version");

  test("a status fault is a Status with its Retry-After", async () => {
    hurt({ kind: "status", code: 429, retryAfterSeconds: 7 });
    const { status, body, headers } = await look();
    expect(status).toBe(429);
    expect(body).toMatchObject({ kind: "Status", reason: "TooManyRequests", details: { retryAfterSeconds: 7 } });
    expect(headers["retry-after"]).toBe("7");
  });

  test("another server's answer is passed on as it is", async () => {
    hurt({ kind: "answer", status: 200, contentType: "text/html", body: "<html>hello</html>" });
    expect(await look()).toMatchObject({ status: 200, text: "<html>hello</html>" });
  });

  test("an answer can be edited", async () => {
    hurt({ kind: "edit", edit: (body) => ({ ...body, gitVersion: "v9.9.9" }) });
    expect((await look()).body["gitVersion"]).toBe("v9.9.9");
  });

  test("a rule begins after some requests and ends after others", async () => {
    hurt({ kind: "status", code: 503 }, { after: 1, times: 2 });
    const codes = [];
    for (let index = 0; index < 4; index++) codes.push((await look()).status);
    expect(codes).toEqual([200, 503, 503, 200]);
  });

  test("a rule that was taken back does nothing, and others are not matched", async () => {
    const remove = hurt({ kind: "status", code: 500 });
    expect((await requester(controlPlane).send("GET", "/healthz")).status).toBe(200);
    remove();
    expect((await look()).status).toBe(200);
  });

  test("a reset and a truncated answer are errors of the transport", async () => {
    hurt({ kind: "reset" }, { times: 1 });
    await expect(look()).rejects.toMatchObject({ name: "TransportError", code: "reset" });
    hurt({ kind: "truncate" });
    await expect(look()).rejects.toMatchObject({ code: "reset" });
  });

  test("a client that trusts another CA is refused", async () => {
    const other = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256" });
    const { send } = controlPlane.connectInProcess({ certificateAuthority: other.caCertificatePem });
    const request = { method: "GET" as const, url: `${controlPlane.url}/version`, timeoutMs: 20_000 };
    await expect(send(request, new AbortController().signal)).rejects.toMatchObject({ code: "certificate-untrusted" });
    await other.close();
  });
});
