import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MemoryClock, memoryClock } from "../../../host/memory/clock.ts";
import { bootstrapTokenSecret } from "../bootstrap/bootstrap-token.ts";
import { type ControlPlane, resources, startControlPlane } from "../index.ts";
import { type RequesterIdentity, requester } from "../requester.ts";
import { fieldsAt } from "./objects.ts";

let controlPlane: ControlPlane;
let clock: MemoryClock;

beforeAll(async () => {
  clock = memoryClock({ start: new Date() });
  controlPlane = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256", clock });
});
afterAll(() => controlPlane.close());

async function userOf(identity: RequesterIdentity): Promise<unknown> {
  const { status, body } = await requester(controlPlane, identity).send(
    "POST",
    "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    {},
  );
  return status === 201 ? fieldsAt(body, "status", "userInfo") : status;
}

const encode = (text: string) => Buffer.from(text).toString("base64");

describe("a bootstrap token", () => {
  const token = "abcdef.0123456789abcdef";
  const store = (change: Readonly<Record<string, string>>, type = "bootstrap.kubernetes.io/token") => {
    const secret = bootstrapTokenSecret(
      token,
      { groups: ["system:bootstrappers:b", "system:bootstrappers:a"] },
      clock.now(),
    );
    const changes = Object.entries(change).map(([key, value]) => [key, encode(value)]);
    const data = { ...fieldsAt(secret, "data"), ...Object.fromEntries(changes) };
    const key = { namespace: "kube-system", name: secret.metadata.name };
    if (controlPlane.storage.get(resources.secrets, key) !== undefined)
      controlPlane.storage.delete(resources.secrets, key);
    controlPlane.storage.create(resources.secrets, { ...secret, type, data });
  };

  test("is a user in its sorted groups", async () => {
    store({});
    expect(await userOf({ token })).toEqual({
      username: "system:bootstrap:abcdef",
      groups: ["system:bootstrappers", "system:bootstrappers:a", "system:bootstrappers:b", "system:authenticated"],
    });
  });

  test.each<[string, Readonly<Record<string, string>>, string?]>([
    ["has another secret", { "token-secret": "fedcba9876543210" }],
    ["has another id inside", { "token-id": "zzzzzz" }],
    ["is expired", { expiration: "2020-01-01T00:00:00Z" }],
    ["has an expiration that cannot be read", { expiration: "soon" }],
    ["is not for authentication", { "usage-bootstrap-authentication": "false" }],
    ["names a group of someone else", { "auth-extra-groups": "system:masters" }],
    ["is a Secret of another type", {}, "Opaque"],
  ])("is refused where it %s", async (_name, change, type) => {
    store(change, type);
    expect(await userOf({ token })).toBe(401);
  });

  test.each(["abcdef.short", "nonsense", "zzzzzz.0123456789abcdef"])("is refused where it is %s", async (text) => {
    expect(await userOf({ token: text })).toBe(401);
  });
});

describe("a client certificate", () => {
  test("is the user and the groups of its subject", async () => {
    const credential = await controlPlane.createClientCredential({ commonName: "jane", organizations: ["dev", "ops"] });
    expect(await userOf(credential)).toMatchObject({
      username: "jane",
      groups: ["dev", "ops", "system:authenticated"],
    });
  });

  test("of another CA is refused", async () => {
    const other = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256" });
    const credential = await other.createClientCredential({ commonName: "jane", organizations: ["system:masters"] });
    expect(await userOf(credential)).toBe(401);
    await other.close();
  });

  test("that has expired is refused", async () => {
    const credential = await controlPlane.createClientCredential({ commonName: "jane", organizations: ["dev"] });
    await clock.advance(366 * 24 * 3600 * 1000);
    expect(await userOf(credential)).toBe(401);
  });
});

test("a request without credentials is anonymous, or refused where that is switched off", async () => {
  const look = () => requester(controlPlane).send("GET", "/version");
  expect((await look()).status).toBe(200);
  controlPlane.setAnonymousAuth(false);
  expect((await look()).body).toMatchObject({
    kind: "Status",
    message: "Unauthorized",
    reason: "Unauthorized",
    code: 401,
  });
  controlPlane.setAnonymousAuth(true);
});

test("a user may take another identity where a rule allows it", async () => {
  const root = await controlPlane.createClientCredential({ commonName: "root", organizations: ["system:masters"] });
  const headers = { "impersonate-user": "jane", "impersonate-group": "dev" };
  const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  const { body } = await requester(controlPlane, root).send("POST", path, {}, headers);
  expect(body).toMatchObject({ status: { userInfo: { username: "jane", groups: ["dev", "system:authenticated"] } } });
  const jane = await controlPlane.createClientCredential({ commonName: "jane" });
  const refused = await requester(controlPlane, jane).send("POST", path, {}, { "impersonate-user": "root" });
  expect(refused.body["message"]).toContain('User "jane" cannot impersonate resource "users" in API group ""');
});
