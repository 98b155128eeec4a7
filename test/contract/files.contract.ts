import { join } from "node:path/posix";
import { expect } from "vitest";
import { FileError, type FileErrorCode } from "../../src/host/file-error.ts";
import type { Files } from "../../src/host/host.ts";
import { contract } from "./contract.ts";

export interface FilesSubject {
  readonly files: Files;
  /** An empty directory, as the adapter names it. */
  readonly directory: string;
  /** A device that can be read without end. */
  readonly endless: string;
}

async function failure(promise: Promise<unknown>): Promise<FileError> {
  const error = await promise.then(
    (value) => new Error(`resolved with ${String(value)}`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FileError);
  return error as FileError;
}

async function expectFailure(
  promise: Promise<unknown>,
  { code, message }: { readonly code: FileErrorCode; readonly message?: string },
): Promise<void> {
  const error = await failure(promise);
  expect(error.code).toBe(code);
  if (message !== undefined) expect(error.message).toBe(message);
}

const plain = { mode: 0o644 };
const secret = { mode: 0o600, secret: true };

async function modeOf(files: Files, path: string): Promise<string | undefined> {
  return (await files.status(path))?.mode.toString(8);
}

/** A stream of these texts, which an error ends. */
async function* parts(...content: readonly (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const part of content) {
    if (part instanceof Error) throw part;
    yield new TextEncoder().encode(part);
  }
}

/** After so long a wait for a change has begun, on a busy machine too. */
const watchMs = 300;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

export const filesContract = contract<FilesSubject>("files", {
  "what was written can be read": async ({ files, directory }) => {
    const path = join(directory, "a");
    expect(await files.write(path, "grüße\n", plain)).toBe("created");
    expect(await files.readText(path)).toBe("grüße\n");
    expect(await files.read(path)).toEqual(new TextEncoder().encode("grüße\n"));
  },
  "bytes are written as they are, and not shared with the caller": async ({ files, directory }) => {
    const path = join(directory, "a");
    const bytes = new Uint8Array([0, 255, 10, 128]);
    await files.write(path, bytes, plain);
    bytes.fill(7);
    expect([...(await files.read(path))]).toEqual([0, 255, 10, 128]);
    (await files.read(path)).fill(9);
    expect([...(await files.read(path))]).toEqual([0, 255, 10, 128]);
  },
  "a file of several megabytes comes back whole": async ({ files, directory }) => {
    const path = join(directory, "a");
    const bytes = Uint8Array.from({ length: 3_000_001 }, (_, index) => index % 251);
    await files.write(path, bytes, plain);
    const read = await files.read(path);
    expect(read.length).toBe(bytes.length);
    expect(Buffer.compare(read, bytes)).toBe(0);
  },
  "an empty file is a file": async ({ files, directory }) => {
    const path = join(directory, "a");
    await files.write(path, "", plain);
    expect(await files.readText(path)).toBe("");
    expect(await files.status(path)).toMatchObject({ kind: "file", size: 0 });
  },
  "bytes that are no UTF-8 become U+FFFD, a byte order mark stays": async ({ files, directory }) => {
    const path = join(directory, "a");
    await files.write(path, new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0xff]), plain);
    expect(await files.readText(path)).toBe("\u{feff}a\u{fffd}");
  },
  "a missing file is told in Go's words": async ({ files, directory }) => {
    const path = join(directory, "none");
    await expectFailure(files.read(path), { code: "not-found", message: `open ${path}: no such file or directory` });
    await expectFailure(files.readText(path), { code: "not-found" });
    await expectFailure(files.read(join(directory, "none", "below")), { code: "not-found" });
  },
  "a directory cannot be read as a file": async ({ files, directory }) => {
    await expectFailure(files.read(directory), {
      code: "is-a-directory",
      message: `read ${directory}: is a directory`,
    });
  },
  "nothing lies below a file": async ({ files, directory }) => {
    const path = join(directory, "a", "b");
    await files.write(join(directory, "a"), "", plain);
    await expectFailure(files.read(path), { code: "not-a-directory", message: `open ${path}: not a directory` });
    await expectFailure(files.write(path, "", plain), { code: "not-a-directory" });
    expect(await files.status(path)).toBeUndefined();
    expect(await files.remove(path)).toBe(false);
  },
  "a file larger than the limit is refused, one of just that size is read": async ({ files, directory }) => {
    const path = join(directory, "a");
    await files.write(path, "12345", plain);
    await expectFailure(files.read(path, { maxBytes: 4 }), { code: "too-large" });
    await expectFailure(files.readText(path, { maxBytes: 4 }), { code: "too-large" });
    expect(await files.readText(path, { maxBytes: 5 })).toBe("12345");
  },
  "of a file larger than the limit, the end is read where that is what counts": async ({ files, directory }) => {
    const path = join(directory, "a");
    await files.write(path, "12345", plain);
    expect(await files.readText(path, { maxBytes: 3, fromEnd: true })).toBe("345");
    expect(await files.readText(path, { maxBytes: 3, fromEnd: true, within: [directory] })).toBe("345");
    expect(await files.readText(path, { maxBytes: 6, fromEnd: true })).toBe("12345");
  },
  "what is read within a directory lies there, whatever leads to it": async ({ files, directory }) => {
    const within = [join(directory, "logs"), join(directory, "none")];
    await files.write(join(directory, "logs", "own"), "mine", plain);
    await files.write(join(directory, "secret"), "yours", secret);
    await files.link(join(directory, "logs", "short"), "own");
    await files.link(join(directory, "alias"), "logs");
    for (const path of ["logs/own", "logs/short", "alias/own"]) {
      expect(await files.readText(join(directory, path), { within })).toBe("mine");
    }
    await files.link(join(directory, "logs", "0.log"), "../secret");
    await files.link(join(directory, "logs", "1.log"), join(directory, "secret"));
    await files.link(join(directory, "logs", "up"), "..");
    for (const path of ["logs/0.log", "logs/1.log", "logs/up/secret", "logs/../secret", "secret"]) {
      await expectFailure(files.read(join(directory, path), { within }), { code: "outside" });
      await expectFailure(files.readText(join(directory, path), { within }), { code: "outside" });
    }
    await expectFailure(files.read(join(directory, "logs"), { within }), { code: "outside" });
    await expectFailure(files.read(join(directory, "logs", "none"), { within }), { code: "not-found" });
  },
  "a device is not read within a directory": async ({ files, endless }) => {
    await expectFailure(files.read(endless, { within: ["/"], maxBytes: 10 }), { code: "outside" });
  },
  "a mode is changed if the file is the one that is meant": async ({ files, directory }) => {
    const path = join(directory, "a");
    await files.write(path, "content", plain);
    const seen: string[] = [];
    const isChanged = await files.changeMode(path, 0o600, async ({ kind, mode, size, read }) => {
      seen.push(`${kind} ${mode.toString(8)} ${size} ${new TextDecoder().decode(await read())}`);
      return true;
    });
    expect({ isChanged, seen }).toEqual({ isChanged: true, seen: ["file 644 7 content"] });
    expect(await modeOf(files, path)).toBe("600");
    expect(await files.readText(path)).toBe("content");
    expect(await files.changeMode(path, 0o644, () => false)).toBe(false);
    expect(await modeOf(files, path)).toBe("600");
  },
  "no mode is changed through a link, or of what is no file": async ({ files, directory }) => {
    await files.write(join(directory, "target"), "content", secret);
    await files.link(join(directory, "link"), "target");
    for (const path of ["link", ".", "none", "none/below"]) {
      expect(await files.changeMode(join(directory, path), 0o777, () => true)).toBe(false);
    }
    expect(await modeOf(files, join(directory, "target"))).toBe("600");
  },
  "a device without end is read up to the limit only": async ({ files, endless }) => {
    await expectFailure(files.read(endless, { maxBytes: 1000 }), { code: "too-large" });
  },
  "the status tells the kind, the mode and the size": async ({ files, directory }) => {
    await files.write(join(directory, "a"), "abc", { mode: 0o640 });
    await files.makeDirectory(join(directory, "d"), { mode: 0o750 });
    expect(await files.status(join(directory, "a"))).toMatchObject({ kind: "file", mode: 0o640, size: 3 });
    expect(await files.status(join(directory, "d"))).toMatchObject({ kind: "directory", mode: 0o750 });
  },
  "the status of a symlink is its own, with its target as written": async ({ files, directory }) => {
    await files.write(join(directory, "a"), "abc", plain);
    await files.link(join(directory, "l"), "./a");
    expect(await files.status(join(directory, "l"))).toMatchObject({ kind: "symlink", target: "./a" });
  },
  "there is no status where nothing is": async ({ files, directory }) => {
    expect(await files.status(join(directory, "none"))).toBeUndefined();
    expect(await files.status(join(directory, "none", "below"))).toBeUndefined();
  },
  "names are listed in order, those of sub-directories left out": async ({ files, directory }) => {
    for (const name of ["b", "a", "B", ".dot", "d/inner"]) await files.write(join(directory, name), "", plain);
    expect(await files.list(directory)).toEqual([".dot", "B", "a", "b", "d"]);
  },
  "only a directory can be listed": async ({ files, directory }) => {
    const path = join(directory, "a");
    await expectFailure(files.list(path), { code: "not-found", message: `open ${path}: no such file or directory` });
    await files.write(path, "", plain);
    await expectFailure(files.list(path), { code: "not-a-directory" });
  },
  "a write tells whether it created, changed or left the file": async ({ files, directory }) => {
    const path = join(directory, "a");
    expect(await files.write(path, "1", plain)).toBe("created");
    expect(await files.write(path, "1", plain)).toBe("unchanged");
    expect(await files.write(path, "22", plain)).toBe("changed");
    expect(await files.write(path, "33", plain)).toBe("changed");
    expect(await files.readText(path)).toBe("33");
  },
  "a write of the same content does not touch the file": async ({ files, directory }) => {
    const path = join(directory, "a");
    await files.write(path, "1", plain);
    const before = await files.status(path);
    await pause(5);
    await files.write(path, "1", { mode: 0o600 });
    expect(await files.status(path)).toEqual(before);
  },
  "a new file has the mode that was asked for, less the umask": async ({ files, directory }) => {
    await files.write(join(directory, "a"), "", { mode: 0o666 });
    await files.write(join(directory, "b"), "", { mode: 0o600 });
    expect(await modeOf(files, join(directory, "a"))).toBe("644");
    expect(await modeOf(files, join(directory, "b"))).toBe("600");
  },
  "an existing file keeps its mode": async ({ files, directory }) => {
    const path = join(directory, "a");
    await files.write(path, "1", { mode: 0o600 });
    expect(await files.write(path, "2", plain)).toBe("changed");
    expect(await modeOf(files, path)).toBe("600");
  },
  "a secret takes away what an existing file's mode has beyond its own": async ({ files, directory }) => {
    const path = join(directory, "a");
    await files.write(path, "1", plain);
    expect(await files.write(path, "2", secret)).toBe("changed");
    expect(await modeOf(files, path)).toBe("600");
    expect(await files.readText(path)).toBe("2");
  },
  "a secret tightens the mode even if the content is the same": async ({ files, directory }) => {
    const path = join(directory, "a");
    await files.write(path, "1", plain);
    expect(await files.write(path, "1", secret)).toBe("changed");
    expect(await modeOf(files, path)).toBe("600");
    expect(await files.write(path, "1", secret)).toBe("unchanged");
  },
  "a secret never loosens a mode": async ({ files, directory }) => {
    const path = join(directory, "a");
    await files.write(path, "1", { mode: 0o400 });
    await files.write(path, "2", secret);
    expect(await modeOf(files, path)).toBe("400");
  },
  "a symlink in the place of the target is replaced, what it points to is not touched": async ({
    files,
    directory,
  }) => {
    const [path, other] = [join(directory, "a"), join(directory, "other")];
    await files.write(other, "other", plain);
    await files.link(path, "other");
    expect(await files.write(path, "mine", { mode: 0o600 })).toBe("changed");
    expect(await files.status(path)).toMatchObject({ kind: "file", mode: 0o600 });
    expect(await files.readText(other)).toBe("other");
  },
  "a dangling symlink is replaced too": async ({ files, directory }) => {
    const path = join(directory, "a");
    await files.link(path, "/nowhere/at/all");
    await expectFailure(files.read(path), { code: "not-found" });
    expect(await files.write(path, "mine", plain)).toBe("changed");
    expect(await files.readText(path)).toBe("mine");
  },
  "a symlinked directory on the way is followed": async ({ files, directory }) => {
    await files.makeDirectory(join(directory, "real"), { mode: 0o755 });
    await files.link(join(directory, "way"), join(directory, "real"));
    await files.write(join(directory, "way", "a"), "1", plain);
    expect(await files.readText(join(directory, "real", "a"))).toBe("1");
    expect(await files.list(join(directory, "way"))).toEqual(["a"]);
  },
  "symlinks are read through, a chain of them too": async ({ files, directory }) => {
    await files.write(join(directory, "d", "a"), "1", plain);
    await files.link(join(directory, "one"), "d/../d/a");
    await files.link(join(directory, "two"), join(directory, "one"));
    expect(await files.readText(join(directory, "two"))).toBe("1");
  },
  "a loop of symlinks is an error": async ({ files, directory }) => {
    await files.link(join(directory, "one"), "two");
    await files.link(join(directory, "two"), "one");
    const error = await failure(files.read(join(directory, "one")));
    expect(error.reason).toBe("too many levels of symbolic links");
  },
  "missing parents are made with mode 0755": async ({ files, directory }) => {
    await files.write(join(directory, "x", "y", "a"), "1", { mode: 0o600 });
    expect(await modeOf(files, join(directory, "x"))).toBe("755");
    expect(await modeOf(files, join(directory, "x", "y"))).toBe("755");
  },
  "a directory cannot be overwritten": async ({ files, directory }) => {
    await expectFailure(files.write(directory, "", plain), {
      code: "is-a-directory",
      message: `open ${directory}: is a directory`,
    });
  },
  "a device cannot be overwritten": async ({ files, endless }) => {
    await expectFailure(files.write(endless, "", plain), { code: "other" });
    expect((await files.status(endless))?.kind).toBe("other");
  },
  "a write leaves nothing next to the file": async ({ files, directory }) => {
    await files.write(join(directory, "a"), "1", plain);
    await files.write(join(directory, "a"), "2", secret);
    await files.link(join(directory, "l"), "a");
    await files.link(join(directory, "l"), "b");
    await expectFailure(files.write(directory, "", plain), { code: "is-a-directory" });
    expect(await files.list(directory)).toEqual(["a", "l"]);
  },
  "a stream is written part by part, with the mode that was asked for, and its parents": async ({
    files,
    directory,
  }) => {
    const path = join(directory, "x", "a");
    expect(await files.writeStream(path, parts("one ", "", "two"), secret)).toBe("created");
    expect(await files.readText(path)).toBe("one two");
    expect(await modeOf(files, path)).toBe("600");
    expect(await files.writeStream(path, parts("one two"), secret)).toBe("changed");
    expect(await files.writeStream(path, parts(), secret)).toBe("changed");
    expect(await files.readText(path)).toBe("");
    expect(await files.list(join(directory, "x"))).toEqual(["a"]);
  },
  "a stream of many parts arrives whole": async ({ files, directory }) => {
    const path = join(directory, "a");
    const part = "x".repeat(1_000);
    await files.writeStream(path, parts(...Array.from({ length: 3_000 }, () => part)), secret);
    expect((await files.status(path))?.size).toBe(3_000_000);
  },
  "a stream keeps the mode of an existing file, and replaces a symlink": async ({ files, directory }) => {
    const path = join(directory, "a");
    await files.write(path, "1", { mode: 0o400 });
    await files.writeStream(path, parts("2"), plain);
    expect(await modeOf(files, path)).toBe("400");
    await files.link(join(directory, "l"), path);
    expect(await files.writeStream(join(directory, "l"), parts("3"), secret)).toBe("changed");
    expect(await files.status(join(directory, "l"))).toMatchObject({ kind: "file", mode: 0o600 });
    expect(await files.readText(path)).toBe("2");
  },
  "an error of a stream is thrown as it is, and leaves everything as it was": async ({ files, directory }) => {
    const path = join(directory, "a");
    await files.write(path, "before", plain);
    for (const error of [
      Object.assign(new Error("broken off"), { code: "unavailable" }),
      new FileError("no-space", "write", "/elsewhere", "no space left on device"),
    ]) {
      await expect(files.writeStream(path, parts("after", error), secret)).rejects.toBe(error);
      await expect(files.writeStream(join(directory, "new"), parts("after", error), secret)).rejects.toBe(error);
    }
    expect(await files.readText(path)).toBe("before");
    expect(await modeOf(files, path)).toBe("644");
    expect(await files.list(directory)).toEqual(["a"]);
  },
  "a stream does not overwrite a directory or a device": async ({ files, directory, endless }) => {
    await expectFailure(files.writeStream(directory, parts("1"), plain), { code: "is-a-directory" });
    await expectFailure(files.writeStream(endless, parts("1"), plain), { code: "other" });
    expect(await files.list(directory)).toEqual([]);
  },
  "the bytes that are left count for the nearest parent of a path that does not exist": async ({
    files,
    directory,
  }) => {
    const left = await files.availableBytes(directory);
    expect(left).toBeGreaterThan(0);
    expect(Number.isSafeInteger(left)).toBe(true);
    expect(await files.availableBytes(join(directory, "none", "below"))).toBeGreaterThan(0);
  },
  "many files in one directory can be written in parallel": async ({ files, directory }) => {
    const names = Array.from({ length: 20 }, (_, index) => `f${String(index).padStart(2, "0")}`);
    await Promise.all(names.map((name) => files.write(join(directory, "new", name), name, plain)));
    expect(await files.list(join(directory, "new"))).toEqual(names);
    for (const name of names) expect(await files.readText(join(directory, "new", name))).toBe(name);
  },
  "of several parallel writes of one file, one wins entirely": async ({ files, directory }) => {
    const path = join(directory, "a");
    const contents = ["a", "b", "c", "d"].map((letter) => letter.repeat(100_000));
    await Promise.all(contents.map((content) => files.write(path, content, plain)));
    expect(contents).toContain(await files.readText(path));
    expect(await files.list(directory)).toEqual(["a"]);
  },
  "a directory and its missing parents are made with the mode": async ({ files, directory }) => {
    await files.makeDirectory(join(directory, "x", "y"), { mode: 0o700 });
    expect(await modeOf(files, join(directory, "x"))).toBe("700");
    expect(await modeOf(files, join(directory, "x", "y"))).toBe("700");
  },
  "an existing directory keeps its mode": async ({ files, directory }) => {
    await files.makeDirectory(join(directory, "x"), { mode: 0o750 });
    await files.makeDirectory(join(directory, "x"), { mode: 0o700 });
    expect(await modeOf(files, join(directory, "x"))).toBe("750");
  },
  "a symlink to a directory is as good as the directory": async ({ files, directory }) => {
    await files.makeDirectory(join(directory, "x"), { mode: 0o750 });
    await files.link(join(directory, "l"), "x");
    await files.makeDirectory(join(directory, "l"), { mode: 0o700 });
    expect(await files.status(join(directory, "l"))).toMatchObject({ kind: "symlink" });
  },
  "a file is in the way of a directory": async ({ files, directory }) => {
    const path = join(directory, "a");
    await files.write(path, "", plain);
    await expectFailure(files.makeDirectory(path, { mode: 0o755 }), {
      code: "not-a-directory",
      message: `mkdir ${path}: not a directory`,
    });
    await expectFailure(files.makeDirectory(join(path, "b"), { mode: 0o755 }), { code: "not-a-directory" });
  },
  "a symlink replaces a symlink or a file, and makes its parents": async ({ files, directory }) => {
    const path = join(directory, "x", "l");
    await files.link(path, "one");
    await files.link(path, "two");
    expect((await files.status(path))?.target).toBe("two");
    await files.write(path, "", plain);
    await files.link(path, "three");
    expect((await files.status(path))?.target).toBe("three");
  },
  "a symlink does not replace a directory": async ({ files, directory }) => {
    await files.makeDirectory(join(directory, "d"), { mode: 0o755 });
    await expectFailure(files.link(join(directory, "d"), "x"), { code: "is-a-directory" });
    expect(await files.list(directory)).toEqual(["d"]);
  },
  "a removal tells whether there was something": async ({ files, directory }) => {
    const path = join(directory, "a");
    await files.write(path, "", plain);
    expect(await files.remove(path)).toBe(true);
    expect(await files.remove(path)).toBe(false);
    expect(await files.remove(path, { recursive: true })).toBe(false);
    expect(await files.status(path)).toBeUndefined();
    expect(await files.list(directory)).toEqual([]);
  },
  "what was removed can be written again": async ({ files, directory }) => {
    const path = join(directory, "d", "a");
    await files.write(path, "1", plain);
    await files.remove(join(directory, "d"), { recursive: true });
    expect(await files.write(path, "2", plain)).toBe("created");
    expect(await files.readText(path)).toBe("2");
    expect(await files.list(join(directory, "d"))).toEqual(["a"]);
  },
  "the removal of a symlink leaves what it points to": async ({ files, directory }) => {
    await files.write(join(directory, "d", "a"), "1", plain);
    await files.link(join(directory, "l"), "d");
    expect(await files.remove(join(directory, "l"), { recursive: true })).toBe(true);
    expect(await files.list(directory)).toEqual(["d"]);
    expect(await files.readText(join(directory, "d", "a"))).toBe("1");
  },
  "a directory is removed only by a recursive removal": async ({ files, directory }) => {
    const path = join(directory, "d");
    await files.write(join(path, "e", "a"), "1", plain);
    await expectFailure(files.remove(path), { code: "is-a-directory", message: `remove ${path}: is a directory` });
    expect(await files.remove(path, { recursive: true })).toBe(true);
    expect(await files.list(directory)).toEqual([]);
  },
  "an empty directory can be removed alone, and one that is not stays": async ({ files, directory }) => {
    const path = join(directory, "d");
    await files.write(join(path, "a"), "1", plain);
    expect(await files.remove(path, { ifEmpty: true })).toBe(false);
    expect(await files.list(path)).toEqual(["a"]);
    await files.remove(join(path, "a"));
    expect(await files.remove(path, { ifEmpty: true })).toBe(true);
    expect(await files.remove(path, { ifEmpty: true })).toBe(false);
    expect(await files.list(directory)).toEqual([]);
  },
  "a recursive removal does not follow symlinks": async ({ files, directory }) => {
    await files.write(join(directory, "kept", "a"), "1", plain);
    await files.makeDirectory(join(directory, "d"), { mode: 0o755 });
    await files.link(join(directory, "d", "l"), join(directory, "kept"));
    await files.remove(join(directory, "d"), { recursive: true });
    expect(await files.readText(join(directory, "kept", "a"))).toBe("1");
  },
  "errors name the path that was given": async ({ files, directory }) => {
    await files.write(join(directory, "a"), "", plain);
    await files.link(join(directory, "l"), "none");
    const path = join(directory, "l");
    expect((await failure(files.read(path))).path).toBe(path);
    expect((await failure(files.list(path))).path).toBe(path);
    expect((await failure(files.remove(directory))).path).toBe(directory);
  },
  "a wait for a change ends when a file is written, replaced or removed": async ({ files, directory }) => {
    const signal = AbortSignal.timeout(30_000);
    const path = join(directory, "a");
    for (const change of [
      () => files.write(path, "1", plain),
      () => files.write(path, "2", plain),
      () => files.link(path, "x"),
      () => files.remove(path),
    ]) {
      const changed = files.changed(directory, signal);
      await pause(watchMs);
      await change();
      await changed;
    }
  },
  "a wait for a change ends when the directory comes to be": async ({ files, directory }) => {
    const changed = files.changed(join(directory, "x", "y"), AbortSignal.timeout(30_000));
    await pause(watchMs);
    await files.write(join(directory, "x", "y", "a"), "1", plain);
    await changed;
  },
  "a wait for a change continues while nothing changes, and ends with the signal's reason": async ({
    files,
    directory,
  }) => {
    for (const place of [directory, join(directory, "x", "y")]) {
      const reason = new Error("enough");
      const controller = new AbortController();
      const outcome = files.changed(place, controller.signal).then(
        () => "changed",
        (error: unknown) => error,
      );
      expect(await Promise.race([outcome, pause(60).then(() => "waiting")])).toBe("waiting");
      controller.abort(reason);
      expect(await outcome).toBe(reason);
      await expect(files.changed(place, controller.signal)).rejects.toBe(reason);
    }
  },
});
