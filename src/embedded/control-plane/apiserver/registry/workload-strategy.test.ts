import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ControlPlane, type Requester, requester, startControlPlane } from "../../index.ts";

let controlPlane: ControlPlane;
let admin: Requester;
beforeAll(async () => {
  controlPlane = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256" });
  admin = requester(
    controlPlane,
    await controlPlane.createClientCredential({ commonName: "root", organizations: ["system:masters"] }),
  );
});
afterAll(() => controlPlane.close());

const path = "/apis/apps/v1/namespaces/kube-system/daemonsets";

function daemonSet(changes: object = {}, name = "agent") {
  const labels = { app: "agent" };
  const containers = [{ name: "agent", image: "agent:1" }];
  return {
    metadata: { name },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } }, ...changes },
  };
}

describe("a DaemonSet", () => {
  test.each([
    ["without a selector", { selector: {} }, "spec.selector: Required value"],
    ["whose selector misses its pods", { selector: { matchLabels: { app: "x" } } }, "does not match template `labels`"],
    [
      "without containers",
      { template: { metadata: { labels: { app: "agent" } }, spec: {} } },
      "spec.template.spec.containers: Required value",
    ],
  ])("%s is refused", async (_name, changes, message) => {
    const { status, text } = await admin.send("POST", path, daemonSet(changes));
    expect(status).toBe(422);
    expect(JSON.parse(text).message).toContain(message);
  });

  test("keeps its selector, and counts the changes of its spec", async () => {
    expect((await admin.send("POST", path, daemonSet())).status).toBe(201);
    const moved = daemonSet({
      selector: { matchLabels: { app: "b" } },
      template: { metadata: { labels: { app: "b" } }, spec: { containers: [{ name: "agent", image: "agent:1" }] } },
    });
    expect((await admin.send("PUT", `${path}/agent`, moved)).status).toBe(422);
    const { status, body } = await admin.send("PUT", `${path}/agent`, daemonSet({ minReadySeconds: 5 }));
    expect(status).toBe(200);
    expect(body).toMatchObject({ metadata: { generation: 2 } });
  });
});
