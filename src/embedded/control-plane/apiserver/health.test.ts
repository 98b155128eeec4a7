import { describe, expect, test } from "vitest";
import { Health } from "./health.ts";

function ask(health: Health, url: string) {
  const { pathname, searchParams } = new URL(url, "https://server");
  const [endpoint = "", ...path] = pathname.slice(1).split("/");
  const { status, body } = health.answer(endpoint, path, searchParams);
  return { status, body: String(body) };
}

describe("a health endpoint", () => {
  const failing = new Health();
  failing.fail("etcd", "no leader");

  test.each([
    ["is one word while all is well", new Health(), "/livez", 200, "ok"],
    ["lists its checks when asked to", new Health(), "/healthz?verbose", 200, "[+]etcd ok\n"],
    ["says at the end that it passed", new Health(), "/readyz?verbose", 200, "readyz check passed\n"],
    ["answers for one check", new Health(), "/livez/poststarthook/rbac/bootstrap-roles", 200, "ok"],
    ["is an error when a check fails", failing, "/livez", 500, "[-]etcd failed: reason withheld\n"],
    ["says at the end that it failed", failing, "/readyz", 500, "readyz check failed\n"],
    ["tells why a check fails where only that is asked", failing, "/livez/etcd", 500, "no leader"],
    ["leaves out what is excluded", failing, "/livez?exclude=etcd", 200, "ok"],
  ])("%s", (_name, health, url, status, part) => {
    const answer = ask(health, url);
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(part);
  });

  test("is well again after a recovery", () => {
    const health = new Health();
    health.fail("etcd");
    health.recover("etcd");
    expect(ask(health, "/livez")).toEqual({ status: 200, body: "ok" });
  });

  test("knows no other checks", () => {
    expect(() => ask(new Health(), "/livez/informer-sync")).toThrow("could not find the requested resource");
  });
});
