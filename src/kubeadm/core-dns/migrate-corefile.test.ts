import { describe, expect, it } from "vitest";
import { processorMs } from "../../../test/fixtures/processor-time.ts";
import { migrateCorefile, pluginsOf } from "./migrate-corefile.ts";

const withHeader = (...lines: readonly string[]) =>
  `.:53 {\n    errors # all of them\n    header {\n${lines.map((line) => `        ${line}\n`).join("")}    }\n}\n`;

const server = (text: string) => `.:53 {\n${text}}\n`;

describe("the migration of a Corefile", () => {
  it.each([
    [
      "1.34 ships, to the selector that became mandatory",
      "v1.12.1",
      ["set ra", "query clear aa"],
      ["response set ra", "query clear aa"],
    ],
    ["1.35 ships, which have the selector", "v1.13.1", ["response set ra"], ["response set ra"]],
    ["was the last to take no selector", "v1.12.3", ["clear rd", "set aa"], ["response clear rd", "response set aa"]],
    ["was the first to need one", "v1.12.4", ["set ra"], ["set ra"]],
  ])("changes only what a newer CoreDNS refuses, from what %s", (_, tag, before, after) => {
    expect(migrateCorefile(withHeader(...before), tag)).toMatchObject({
      from: "known",
      corefile: withHeader(...after),
    });
  });

  // What CoreDNS 1.14.6 says of each text before: "unknown property", "unknown directive", or its Pod is never Ready.
  it.each([
    [
      "the default of Kubernetes 1.11",
      "1.1.3",
      `    errors
    health
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        upstream
        fallthrough in-addr.arpa ip6.arpa
    }
    prometheus :9153
    proxy . /etc/resolv.conf
    cache 30
    reload
`,
      `    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    reload
`,
    ],
    [
      "options that a forward does not have",
      "1.4.0",
      "    proxy . 10.0.0.1 { # upstream\n        policy least_conn\n        spray\n        protocol dns force_tcp\n        except a.example\n    }\n",
      "    forward . 10.0.0.1 { # upstream\n        force_tcp\n        except a.example\n    }\n",
    ],
    [
      "several proxies, whose longest zone came first",
      "1.3.1",
      "    proxy . 10.0.0.1\n    proxy example.org 10.0.0.2 {\n        policy first\n    }\n",
      "    forward example.org 10.0.0.2 {\n        policy sequential\n    }\n    forward . 10.0.0.1\n",
    ],
    [
      "options that kubernetes has lost",
      "1.6.9",
      "    kubernetes cluster.local {\n        resyncperiod 5m # why\n        upstream 10.0.0.1\n        ttl 30\n    }\n",
      "    kubernetes cluster.local {\n         # why\n        ttl 30\n    }\n",
    ],
    [
      "a zone that is transferred",
      "1.7.1",
      "    kubernetes cluster.local 10.in-addr.arpa {\n        transfer to * 10.0.0.9\n    }\n",
      "    transfer cluster.local 10.in-addr.arpa {\n        to * 10.0.0.9\n    }\n    kubernetes cluster.local 10.in-addr.arpa {\n    }\n",
    ],
    [
      "the zone of a file that is transferred",
      "1.7.1",
      "    file /z example.org {\n        transfer to 10.0.0.9\n    }\n",
      "    transfer example.org {\n        to 10.0.0.9\n    }\n    file /z example.org {\n    }\n",
    ],
    [
      "a zone that comes from elsewhere",
      "1.7.1",
      "    secondary example.org {\n        transfer from 10.0.0.9\n    }\n",
      "    secondary example.org {\n        transfer from 10.0.0.9\n    }\n",
    ],
    [
      "a file that is not read again",
      "1.4.0",
      "    file /z {\n        no_reload\n    }\n",
      "    file /z {\n        reload 0\n    }\n",
    ],
    ["a Corefile in one line", "1.4.0", "  proxy . 10.0.0.1 { spray }\n", "  forward . 10.0.0.1 {  }\n"],
  ])("changes %s of %s", (_, tag, before, after) => {
    expect(migrateCorefile(server(before), tag)).toMatchObject({ from: "known", corefile: server(after), removed: [] });
  });

  it.each(["1.8.0", "1.8.6", "1.9.3", "1.10.1", "v1.11.1", "v1.11.4"])(
    "knows that nothing of a usual Corefile changes from %s on",
    (tag) => {
      const corefile = server(
        "    errors\n    kubernetes cluster.local {\n        pods insecure\n    }\n    cache 30\n",
      );
      expect(migrateCorefile(corefile, tag)).toEqual({
        ...{ from: "known", corefile, notes: [], removed: [], unfamiliar: [] },
      });
    },
  );

  it("stops at the version that is deployed", () => {
    const corefile = server("    kubernetes cluster.local {\n        upstream\n    }\n");
    expect(migrateCorefile(corefile, "1.5.0", "v1.6.9").corefile).toBe(corefile);
  });

  it("names plugins that CoreDNS has removed, where they are still there", () => {
    const corefile = server("    federation cluster.local {\n        prod x.y\n    }\n    acl\n");
    expect(migrateCorefile(corefile, "1.6.7")).toMatchObject({
      corefile,
      removed: ["federation"],
      unfamiliar: ["acl"],
    });
    expect(migrateCorefile(corefile, "1.7.0")).toMatchObject({ removed: [], unfamiliar: ["acl", "federation"] });
  });

  it("takes no longer for a Corefile of half a megabyte with a change in each line", () => {
    const corefile = server(`    header {\n${"        set ra\n".repeat(32_000)}    }\n`);
    const started = performance.now();
    const migration = migrateCorefile(corefile, "1.12.0");
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(migration.notes).toHaveLength(1);
    expect(migration.corefile.match(/response set ra/g)).toHaveLength(32_000);
  });

  it("takes eight times the time for eight times the words on one line", async () => {
    const onOneLine = (count: number) => `.:53 {\n  ${"kubernetes { upstream } ".repeat(count)}\n}\n`;
    const taken = (count: number) =>
      processorMs(() => expect(migrateCorefile(onOneLine(count), "v1.6.7").notes).toHaveLength(1));
    await taken(4_000);
    // Looking at the whole line for each word takes 64 times as long.
    expect(await taken(32_000)).toBeLessThan(24 * Math.max(await taken(4_000), 5));
  });

  it.each([
    ["the same version", "v1.14.6", "same"],
    ["a newer version", "v1.15.0", "newer"],
    ["a version before the table", "1.0.6", "unknown"],
    ["a tag that is no version", "mine", "unknown"],
  ])("keeps the text of %s", (_, tag, from) => {
    const corefile = withHeader("set ra");
    expect(migrateCorefile(corefile, tag)).toMatchObject({ from, corefile, notes: [] });
  });

  it("says what it changed, and where CoreDNS says so", () => {
    expect(migrateCorefile(withHeader("set ra"), "v1.12.1").notes).toEqual([
      'header: "response " is written before "set" (1.12.4, https://github.com/coredns/coredns/pull/7436: the selector is mandatory; without one, it was response)',
    ]);
  });

  it("names the plugins that a usual Corefile does not have", () => {
    const corefile = `.:53 {\n  errors\n  template ANY {\n  }\n  acl\n}\nother.example {\n  acl\n}\n`;
    expect(migrateCorefile(corefile, "v1.14.2").unfamiliar).toEqual(["acl", "template"]);
  });
});

describe("the plugins of a Corefile", () => {
  it.each([
    ["are those of all server blocks", "a { errors\n log\n}\nb {\n  cache 30\n}\n", ["errors", "log", "cache"]],
    ["are not what comments have", "a {\n  # log\n  errors # log\n}\n", ["errors"]],
    ["are not what quotes have", 'a {\n  rewrite name "log\n }" x\n  errors\n}\n', ["rewrite", "errors"]],
    ["may stand behind a quote with escaped quotes", 'a {\n  rewrite "\\"x" y\n  log\n}\n', ["rewrite", "log"]],
    ["do not exist in an empty file", "", []],
  ])("%s", (_, text, names) => {
    expect(pluginsOf(text)).toEqual(names);
  });
});
