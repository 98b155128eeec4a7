// A Chromium without a window, driven by its DevTools protocol.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { temporaryDirectory } from "../temporary/temporary-directory.ts";

const program = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

export const hasChromium = program !== undefined;

type Fields = Readonly<Record<string, unknown>>;

/** A node of the accessibility tree, as screen readers get it. */
export interface AccessibleNode {
  readonly role: string;
  readonly name: string;
  /** Of headings. */
  readonly level?: number;
}

export interface PageView {
  readonly width: number;
  readonly colors?: "light" | "dark";
}

export interface BrowserPage {
  /** Loads a file, and resolves when it is shown. */
  open(path: string, view: PageView): Promise<void>;
  /** Value of an expression, which must be JSON. The policy of a page does not apply to it. */
  evaluate<T>(expression: string): Promise<T>;
  accessibleNodes(): Promise<readonly AccessibleNode[]>;
  pdf(): Promise<Buffer>;
  /** The whole page, as PNG. */
  screenshot(): Promise<Buffer>;
  /** Shows the page as on paper, until the next one is opened. */
  emulatePrint(): Promise<void>;
  /** Messages of the console and of the browser: errors, violations of the policy. */
  messages(): readonly string[];
  /** URLs of all requests. */
  requests(): readonly string[];
}

export interface Chromium extends AsyncDisposable {
  readonly page: BrowserPage;
}

const startLimitMs = 90_000;

export async function startChromium(): Promise<Chromium> {
  if (program === undefined) throw new Error("there is no chromium here");
  await using stack = new AsyncDisposableStack();
  const profile = stack.use(temporaryDirectory());
  const child = spawn(
    program,
    [
      ...["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"],
      ...["--hide-scrollbars", "--disable-extensions", "--disable-background-networking"],
      ...[`--user-data-dir=${profile.path}`, "--remote-debugging-port=0", "about:blank"],
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const exited = once(child, "exit");
  stack.defer(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  const socket = new WebSocket(await debuggingUrl(child.stderr));
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", reject, { once: true });
  });
  stack.defer(() => socket.close());
  const page = await pageOf(protocolOver(socket));
  const kept = stack.move();
  return { page, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function debuggingUrl(stderr: NodeJS.ReadableStream): Promise<string> {
  const limit = AbortSignal.timeout(startLimitMs);
  const lines = createInterface({ input: stderr, signal: limit });
  for await (const line of lines) {
    const url = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
    // The rest of what it says is read, so that its pipe does not fill up.
    if (url !== undefined) {
      stderr.resume();
      return url;
    }
  }
  throw new Error("chromium did not start");
}

interface Protocol {
  call(method: string, params?: Fields, sessionId?: string): Promise<Fields>;
  onEvent(listener: (method: string, params: Fields) => void): void;
}

function protocolOver(socket: WebSocket): Protocol {
  const waiting = new Map<number, { resolve: (result: Fields) => void; reject: (error: Error) => void }>();
  const listeners: ((method: string, params: Fields) => void)[] = [];
  let last = 0;
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(String(data)) as {
      id?: number;
      result?: Fields;
      error?: Fields;
      method?: string;
      params?: Fields;
    };
    if (message.id === undefined) {
      for (const listener of listeners) listener(message.method ?? "", message.params ?? {});
      return;
    }
    const { resolve, reject } = waiting.get(message.id) ?? {};
    waiting.delete(message.id);
    if (message.error !== undefined) reject?.(new Error(JSON.stringify(message.error)));
    else resolve?.(message.result ?? {});
  });
  return {
    call: (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        waiting.set(id, { resolve, reject });
        socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }));
      }),
    onEvent: (listener) => void listeners.push(listener),
  };
}

async function pageOf(protocol: Protocol): Promise<BrowserPage> {
  const { targetId } = await protocol.call("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await protocol.call("Target.attachToTarget", { targetId, flatten: true });
  const call = (method: string, params?: Fields) => protocol.call(method, params, String(sessionId));
  const messages: string[] = [];
  const requests: string[] = [];
  let loaded = () => {};
  protocol.onEvent((method, params) => {
    if (method === "Page.loadEventFired") loaded();
    if (method === "Log.entryAdded" || method === "Runtime.consoleAPICalled") messages.push(JSON.stringify(params));
    if (method === "Network.requestWillBeSent") requests.push((params["request"] as { url: string }).url);
  });
  for (const domain of ["Page", "Log", "Runtime", "Network", "Accessibility"]) await call(`${domain}.enable`);
  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = await call("Runtime.evaluate", { expression, returnByValue: true });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  };
  return {
    open: async (path, { width, colors = "light" }) => {
      messages.length = 0;
      requests.length = 0;
      const features = [{ name: "prefers-color-scheme", value: colors }];
      await call("Emulation.setEmulatedMedia", { media: "", features });
      const isPhone = width < 600;
      await call("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: isPhone });
      const shown = new Promise<void>((resolve) => {
        loaded = resolve;
      });
      await call("Page.navigate", { url: pathToFileURL(path).href });
      await shown;
    },
    evaluate,
    accessibleNodes: async () => {
      const { nodes } = (await call("Accessibility.getFullAXTree")) as { nodes: readonly AxNode[] };
      return nodes.filter(({ ignored }) => !ignored).map(accessible);
    },
    pdf: async () => {
      const { data } = await call("Page.printToPDF", { preferCSSPageSize: true });
      return Buffer.from(String(data), "base64");
    },
    screenshot: async () => {
      const { data } = await call("Page.captureScreenshot", { captureBeyondViewport: true });
      return Buffer.from(String(data), "base64");
    },
    emulatePrint: async () => void (await call("Emulation.setEmulatedMedia", { media: "print" })),
    messages: () => messages,
    requests: () => requests,
  };
}

interface AxNode {
  readonly ignored: boolean;
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
  readonly properties?: readonly { readonly name: string; readonly value: { readonly value: unknown } }[];
}

function accessible({ role, name, properties = [] }: AxNode): AccessibleNode {
  const level = properties.find((property) => property.name === "level")?.value.value;
  return {
    role: role?.value ?? "",
    name: name?.value ?? "",
    ...(typeof level === "number" ? { level } : {}),
  };
}
