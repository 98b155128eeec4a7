// A YAML language server as editors use it: a process that speaks the Language Server Protocol on its standard streams.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node.js";

export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Diagnostic {
  readonly message: string;
  readonly range: { readonly start: Position; readonly end: Position };
}

/** What an editor does with one file. */
export interface EditedFile {
  /** Returns what the server underlines. */
  diagnostics(): Promise<readonly Diagnostic[]>;
  /** Returns the names that the server proposes at a place. */
  completions(at: Position): Promise<readonly string[]>;
  /** Returns what the server shows of the place; empty if nothing. */
  hover(at: Position): Promise<string>;
}

export interface LanguageServer extends AsyncDisposable {
  open(uri: string, text: string): EditedFile;
}

export async function startLanguageServer(): Promise<LanguageServer> {
  const program = fileURLToPath(import.meta.resolve("yaml-language-server/bin/yaml-language-server"));
  const child = spawn(process.execPath, [program, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const found = new Map<string, PromiseWithResolvers<readonly Diagnostic[]>>();
  const diagnosticsOf = (uri: string) => {
    const known = found.get(uri) ?? Promise.withResolvers<readonly Diagnostic[]>();
    found.set(uri, known);
    return known;
  };
  connection.onNotification("textDocument/publishDiagnostics", ({ uri, diagnostics }: Published) =>
    diagnosticsOf(uri).resolve(diagnostics),
  );
  const settings = { yaml: { validate: true, completion: true, hover: true, schemaStore: { enable: false } } };
  connection.onRequest("workspace/configuration", ({ items }: { readonly items: readonly { section: string }[] }) =>
    items.map(({ section }) => (section === "yaml" ? settings.yaml : {})),
  );
  connection.onRequest("client/registerCapability", () => null);
  connection.listen();
  const textDocument = { completion: {}, hover: {}, publishDiagnostics: {}, synchronization: {} };
  const capabilities = { workspace: { configuration: true }, textDocument };
  await connection.sendRequest("initialize", { processId: process.pid, rootUri: null, capabilities });
  await connection.sendNotification("initialized", {});
  await connection.sendNotification("workspace/didChangeConfiguration", { settings });
  return {
    open: (uri, text) => {
      const document = { uri, languageId: "yaml", version: 1, text };
      const opened = connection.sendNotification("textDocument/didOpen", { textDocument: document });
      const ask = async <T>(method: string, position: Position): Promise<T> => {
        await opened;
        return connection.sendRequest(method, { textDocument: { uri }, position });
      };
      return {
        diagnostics: async () => {
          await opened;
          return diagnosticsOf(uri).promise;
        },
        completions: async (at) => {
          const { items } = await ask<{ readonly items: readonly { label: string }[] }>("textDocument/completion", at);
          return items.map(({ label }) => label);
        },
        hover: async (at) => (await ask<Hover | null>("textDocument/hover", at))?.contents.value ?? "",
      };
    },
    [Symbol.asyncDispose]: async () => {
      connection.dispose();
      child.kill("SIGTERM");
      await ended;
    },
  };
}

interface Published {
  readonly uri: string;
  readonly diagnostics: readonly Diagnostic[];
}

interface Hover {
  readonly contents: { readonly value: string };
}
