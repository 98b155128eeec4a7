// The site, opened from its folder by a browser. SITE_SCREENSHOTS=DIRECTORY writes what it shows.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { siteFiles } from "../../scripts/site/site.ts";
import { type Chromium, hasChromium, startChromium } from "../support/browser/chromium.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";

const screenshots = process.env["SITE_SCREENSHOTS"] ?? "";
const needs = hasChromium ? "" : " [needs chromium]";

describe.skipIf(!hasChromium)(`the site in a browser${needs}`, { timeout: 120_000 }, () => {
  const folder = temporaryDirectory();
  let chromium: Chromium;

  beforeAll(async () => {
    for (const [path, content] of siteFiles()) {
      mkdirSync(dirname(join(folder.path, path)), { recursive: true });
      writeFileSync(join(folder.path, path), content);
    }
    chromium = await startChromium();
  }, 120_000);
  afterAll(async () => {
    await chromium?.[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const pages = [
    "index.html",
    "guides/high-availability.html",
    "guides/replacing-a-control-plane.html",
    "join-failures/index.html",
    "errors/DISCOVERY_TOKEN_UNKNOWN.html",
    "differences.html",
    "architecture.html",
  ];
  const views = [
    { width: 1280, colors: "light" },
    { width: 1280, colors: "dark" },
    { width: 390, colors: "light" },
    { width: 390, colors: "dark" },
  ] as const;

  test.each(pages.flatMap((path) => views.map((view) => [path, view.width, view.colors] as const)))(
    "%s fits %i pixels in %s, and the browser reports nothing",
    async (path, width, colors) => {
      const { page } = chromium;
      await page.open(join(folder.path, path), { width, colors });
      expect(page.messages()).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      const background = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
      expect(background).toBe(colors === "light" ? "rgb(255, 255, 255)" : "rgb(18, 22, 27)");
      if (screenshots === "") return;
      const name = `${path.replaceAll("/", "-").replace(/\.html$/, "")}-${width}-${colors}.png`;
      writeFileSync(join(screenshots, name), await page.screenshot());
    },
  );

  /** What the search shows for words that are typed on a page. */
  async function search(path: string, words: string): Promise<readonly { text: string; address: string }[]> {
    const { page } = chromium;
    await page.open(join(folder.path, path), { width: 1280 });
    await page.evaluate(`(() => {
      const input = document.querySelector("#search input");
      input.focus();
      input.value = ${JSON.stringify(words)};
      input.dispatchEvent(new Event("input", { bubbles: true }));
    })()`);
    const items = () =>
      page.evaluate<{ text: string; address: string }[]>(
        `[...document.querySelectorAll("#search li")].map((item) => ({
          text: item.innerText,
          address: item.querySelector("a")?.getAttribute("href") ?? "",
        }))`,
      );
    return vi.waitFor(
      async () => {
        const found = await items();
        if (found.length === 0) throw new Error(`the search shows nothing for ${words}`);
        return found;
      },
      { timeout: 10_000 },
    );
  }

  test.each([
    ["an error code", "index.html", "DISCOVERY_UNREACHABLE", "errors/DISCOVERY_UNREACHABLE.html"],
    [
      "an error code, from a page in a folder",
      "guides/upgrading.html",
      "etcd_unhealthy",
      "../errors/ETCD_UNHEALTHY.html",
    ],
    [
      "what kubeadm prints",
      "index.html",
      "could not find a JWS signature",
      "join-failures/could-not-find-a-jws-signature.html",
    ],
    ["a subject", "index.html", "renewing certificates", "guides/renewing-certificates.html"],
    [
      "words in any order",
      "index.html",
      "haproxy load balancer",
      "guides/high-availability.html#the-load-balancer-haproxy",
    ],
  ])("the search finds %s without a server", async (_, path, words, address) => {
    const found = await search(path, words);
    expect(found[0]?.address).toBe(address);
    expect(chromium.page.messages()).toEqual([]);
    expect(chromium.page.requests().filter((url) => !url.startsWith("file:") && !url.startsWith("data:"))).toEqual([]);
  });

  test("the search says that it finds nothing, and shows texts as texts", async () => {
    expect(await search("index.html", "xyzzy<img>")).toEqual([{ text: "Nothing found.", address: "" }]);
    const [first] = await search("index.html", "<hash>");
    expect(first?.text).toContain("<hash>");
  });

  test("every page has one title, a list of pages, and its content after a link that skips to it", async () => {
    const { page } = chromium;
    await page.open(join(folder.path, "guides/upgrading.html"), { width: 1280 });
    const nodes = await page.accessibleNodes();
    expect(nodes.filter(({ role, level }) => role === "heading" && level === 1)).toHaveLength(1);
    expect(nodes).toContainEqual(expect.objectContaining({ role: "link", name: "Skip to the content" }));
    expect(nodes).toContainEqual(expect.objectContaining({ role: "searchbox", name: "Search" }));
    expect(nodes).toContainEqual(expect.objectContaining({ role: "navigation", name: "Pages" }));
  });
});
