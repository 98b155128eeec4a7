import { expect, test } from "vitest";
import { parseAuditLog } from "./audit-log.ts";

const event = (fields: object): string =>
  JSON.stringify({
    auditID: "a",
    stage: "ResponseComplete",
    requestReceivedTimestamp: "2026-01-02T03:04:05.000500Z",
    stageTimestamp: "2026-01-02T03:04:05.002000Z",
    verb: "get",
    requestURI: "/api/v1/nodes/w1",
    user: { username: "system:node:w1", groups: ["system:nodes"] },
    responseStatus: { code: 200 },
    ...fields,
  });

test("rows come in the order of the requests, with microseconds", () => {
  const log = [event({ auditID: "late", requestReceivedTimestamp: "2026-01-02T03:04:05.000700Z" }), event({})].join(
    "\n",
  );
  const rows = parseAuditLog(`${log}\n`);
  expect(rows.map((row) => row.auditId)).toEqual(["a", "late"]);
  expect(rows[0]?.tookMs).toBeCloseTo(1.5, 3);
  expect(rows[0]).toMatchObject({ verb: "get", code: 200, user: "system:node:w1", groups: ["system:nodes"] });
});

test("a watch is one row, open until its end is logged", () => {
  const started = event({ stage: "ResponseStarted", verb: "watch" });
  expect(parseAuditLog(started)[0]?.tookMs).toBeUndefined();
  const rows = parseAuditLog(`${started}\n${event({ verb: "watch" })}\n`);
  expect(rows).toHaveLength(1);
  expect(rows[0]?.tookMs).toBeCloseTo(1.5, 3);
});

test("a line that is still being written is left out", () => {
  expect(parseAuditLog(`${event({})}\n${event({}).slice(0, 40)}`)).toHaveLength(1);
});
