// Reports of real runs on the embedded cluster, shown by a browser. REPORT_SCREENSHOTS=DIRECTORY writes what it shows.
import { chmodSync, writeFileSync } from "node:fs";
import { join as pathOf } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ClusterMachine, type EmbeddedCluster, embeddedCluster } from "../../src/embedded/index.ts";
import { reportPage } from "../../src/report/page.ts";
import { eventOf, eventTypes } from "../fixtures/events/hostile-events.ts";
import { type Chromium, hasChromium, startChromium } from "../support/browser/chromium.ts";
import { kubeadm } from "../support/control-plane/kubeadm.ts";
import { limitMs } from "../support/control-plane/stage.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";

const path = "/root/report.html";
/** "doctor" is of a node with several faults, "hostile" has one event of each type with hostile text in every field. */
const names = ["init", "plan", "join", "failed", "reset", "doctor", "hostile"] as const;
const screenshots = process.env["REPORT_SCREENSHOTS"] ?? "";

const markup = `</pre></td><script>document.title = "owned"</script><img src="/x" onerror="document.title = 'owned'">`;
const hostile = `${markup}" style="color:#fff" \u202e\u001b[2J\nremedy: forged ${"w".repeat(300)}`;

const needs = hasChromium ? "" : " [needs chromium]";

describe.skipIf(!hasChromium)(`a report in a browser${needs}`, { timeout: limitMs }, () => {
  const folder = temporaryDirectory();
  let cluster: EmbeddedCluster;
  let chromium: Chromium;
  const place = (name: string) => pathOf(folder.path, `${name}.html`);
  const secrets: string[] = [];

  beforeAll(async () => {
    cluster = await embeddedCluster();
    chromium = await startChromium();
    const run = async (machine: ClusterMachine, name: string, args: readonly string[]) => {
      const outcome = await kubeadm(machine, [...args, "--report", path]);
      writeFileSync(place(name), await machine.ports.host.files.readText(path));
      return outcome;
    };
    const endpoint = ["--control-plane-endpoint", cluster.endpoint];
    const cp1 = await cluster.machine("cp1");
    const older = ["--kubernetes-version", "v1.37.1"];
    const init = await run(cp1, "init", ["init", ...endpoint, ...older, "--upload-certs"]);
    const plan = await run(cp1, "plan", ["upgrade", "plan", "v1.37.2", "--ignore-preflight-errors=all"]);
    expect(plan.status, init.stderr + plan.stderr).toBe(0);
    const found = (pattern: RegExp) => pattern.exec(init.stdout)?.[1] ?? "";
    const [token, key] = [found(/--token (\S+)/), found(/--certificate-key (\w+)/)];
    secrets.push(token.split(".")[1] ?? "", key);
    const pin = ["--discovery-token-ca-cert-hash", `sha256:${found(/sha256:(\w+)/)}`];
    const joined = ["join", cluster.endpoint, ...pin, "--token", token, "--control-plane", "--certificate-key", key];
    const cp2 = await cluster.machine("cp2");
    const join = await run(cp2, "join", joined);
    expect(join.status, init.stderr + join.stderr).toBe(0);
    await spoil(cp2);
    expect((await run(cp2, "doctor", ["doctor"])).status).toBe(1);
    const reset = await run(cp2, "reset", ["reset", "--force"]);
    expect(reset.status, reset.stderr).toBe(0);
    const others = eventTypes.filter((type) => !/^run\.(started|finished|failed)$/.test(type));
    const events = (["run.started", ...others, "run.failed"] as const).map((type) => eventOf(type, hostile));
    writeFileSync(place("hostile"), reportPage(events, [hostile]));
    const refused = ["join", cluster.endpoint, ...pin, "--token", `${token.split(".")[0]}.0123456789abcdef`];
    expect((await run(await cluster.machine("w1"), "failed", refused)).status).toBe(1);
  }, 4 * limitMs);
  afterAll(async () => {
    await chromium?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test.each(names)("of %s loads nothing and runs nothing, and violates no policy of its own", async (name) => {
    const { page } = chromium;
    await page.open(place(name), { width: 1_200 });
    expect(page.messages()).toEqual([]);
    expect(page.requests()).toHaveLength(1);
    expect(await page.evaluate("document.scripts.length")).toBe(0);
    expect(await page.evaluate("getComputedStyle(document.querySelector('table,ol.steps')).fontFamily")).toContain(
      "sans",
    );
    const text = await page.evaluate<string>("document.documentElement.outerHTML");
    for (const secret of secrets) expect(text).not.toContain(secret);
  });

  test.each(names)("of %s has landmarks, one title, and headings in order", async (name) => {
    const { page } = chromium;
    await page.open(place(name), { width: 1_200 });
    const nodes = await page.accessibleNodes();
    const count = (role: string) => nodes.filter((node) => node.role === role).length;
    expect([count("main"), count("navigation"), count("banner"), count("contentinfo")]).toEqual([1, 1, 1, 1]);
    const headings = nodes.filter(({ role }) => role === "heading");
    expect(headings[0]).toMatchObject({ level: 1, name: await page.evaluate<string>("document.title") });
    headings.slice(1).forEach(({ level = 0 }, index) => {
      expect(level).toBeGreaterThan(1);
      expect(level).toBeLessThanOrEqual((headings[index]?.level ?? 0) + 1);
    });
    for (const { name: region } of nodes.filter(({ role }) => role === "region")) expect(region).not.toBe("");
    const columns = nodes.filter(({ role }) => role === "columnheader").map((node) => node.name);
    expect(columns).toEqual(expect.arrayContaining(name === "doctor" ? ["Check", "Finding"] : ["Request", "Response"]));
    expect(await page.evaluate("document.documentElement.lang")).toBe("en");
    expect(await page.evaluate("[...document.querySelectorAll('table')].every((table) => table.caption)")).toBe(true);
  });

  test.each(names.flatMap((name) => (["light", "dark"] as const).map((colors) => [name, colors] as const)))(
    "of %s has a contrast of at least 4.5 everywhere in %s",
    async (name, colors) => {
      const { page } = chromium;
      await page.open(place(name), { width: 1_200, colors });
      const low = await page.evaluate<readonly string[]>(`(${lowContrasts})()`);
      expect(low).toEqual([]);
      const isDark = await page.evaluate<boolean>(
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g)[0] < 60",
      );
      expect(isDark).toBe(colors === "dark");
    },
  );

  test.each([320, 390, 1_200])("fits into %i pixels", async (width) => {
    const { page } = chromium;
    for (const name of names) {
      await page.open(place(name), { width });
      expect(await page.evaluate<number>("document.documentElement.scrollWidth"), name).toBeLessThanOrEqual(width);
    }
  });

  test.each(["failed", "doctor", "hostile"] as const)(
    "of %s begins with the cause, evidence and remedy",
    async (name) => {
      const { page } = chromium;
      await page.open(place(name), { width: 390 });
      const first = await page.evaluate<string>("document.querySelector('main > section').innerText");
      expect(first).toMatch(name === "failed" ? /^Why it failed\n/ : /^First cause\n/);
      expect(first).toMatch(/\nEvidence\n+\S[\s\S]*\nRemedy\n+\S/);
      expect(first).toMatch(/\nCode: \w+/);
    },
  );

  test.each(["doctor", "hostile"] as const)("of %s shows hostile text as text", async (name) => {
    const { page } = chromium;
    await page.open(place(name), { width: 1_200 });
    expect(await page.evaluate("document.querySelectorAll('img,script,iframe,[style]').length")).toBe(0);
    expect(await page.evaluate("document.body.innerText")).toContain("</pre></td><script>document.title");
    expect(await page.evaluate("document.title")).not.toBe("owned");
  });

  test("of plan shows the upgrade and what it finds, in this order", async () => {
    const { page } = chromium;
    await page.open(place("plan"), { width: 1_200 });
    const headings = await page.evaluate<readonly string[]>(
      "[...document.querySelectorAll('main h2')].map((each) => each.innerText)",
    );
    expect(headings.slice(0, 2)).toEqual(["Upgrades", "What to expect from the upgrade to v1.37.2 on cp1"]);
  });

  test("is printed in dark ink on paper, without what only a screen can use", async () => {
    const { page } = chromium;
    await page.open(place("failed"), { width: 1_200, colors: "dark" });
    const pdf = await page.pdf();
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    await page.emulatePrint();
    expect(await page.evaluate("getComputedStyle(document.body).color")).toBe("rgb(27, 31, 36)");
    expect(await page.evaluate("getComputedStyle(document.querySelector('nav')).display")).toBe("none");
    expect(await page.evaluate<number>("document.querySelector('.failure').offsetHeight")).toBeGreaterThan(50);
  });

  test.runIf(screenshots !== "").each(names)(
    "of %s is written as pictures [needs REPORT_SCREENSHOTS]",
    async (name) => {
      const { page } = chromium;
      const shoot = async (view: string) =>
        writeFileSync(pathOf(screenshots, `${name}-${view}.png`), await page.screenshot());
      await page.open(place(name), { width: 1_200 });
      await shoot("light");
      await page.open(place(name), { width: 390, colors: "dark" });
      await shoot("phone-dark");
      await page.open(place(name), { width: 800 });
      await page.emulatePrint();
      await shoot("print");
    },
  );
});

/** Makes a node that has joined ill in several ways, one of them with hostile text. */
async function spoil(machine: ClusterMachine): Promise<void> {
  const { files, services } = machine.ports.host;
  await services.stop("kubelet", new AbortController().signal);
  const configuration = "/var/lib/kubelet/config.yaml";
  const lines = `${machine.read(configuration)}${JSON.stringify(markup)}: 1\nstaticPodsPath: ${JSON.stringify(markup)}\n`;
  await files.write(configuration, lines, { mode: 0o644 });
  chmodSync(machine.root.inside("/etc/kubernetes/kubelet.conf"), 0o644);
  await files.remove("/etc/kubernetes/pki/front-proxy-client.crt");
}

/** Runs in the page: texts whose color is too near to that of what is behind them. */
const lowContrasts = `function () {
  const parts = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = (color) => {
    const [r, g, b] = parts(color).slice(0, 3).map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if ((parts(color)[3] ?? 1) > 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() === "") continue;
    const [one, other] = [luminance(getComputedStyle(element).color), luminance(ground(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) low.push(walker.currentNode.data.trim() + " " + ratio);
  }
  return low;
}`;
