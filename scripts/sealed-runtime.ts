import { BuildError } from "./build-error.ts";

export type Architecture = "x64" | "arm64";

/**
 * A Bun that ignores its environment variables (docs/adr/0005): in an unchanged Bun, a variable can make it preload a
 * file, open a debugger, run as plain Bun, write profiles, or trust other certificates, before the first line of our
 * code runs. The names of these variables are replaced by ones that no variable can have, in place and at the same
 * length. The numbers of replacements belong to the pinned Bun; check them again for a newer one.
 */
export function sealedRuntime(runtime: Buffer, architecture: Architecture): Buffer {
  const sealed = Buffer.from(runtime);
  const strings = section(sealed, ".rodata");
  const builtins = section(sealed, ".bun_builtins");
  for (const [name, count] of nativeNames) {
    // getenv(3) finds nothing for a name that begins with its end, and no entry of an environment has a zero byte. The rest
    // stays: the linker lets other strings share the end of one.
    verify(name, replaceAll(strings, Buffer.from(name), Buffer.from(`\0${name.slice(1)}`)), count);
  }
  for (const [name, count] of scriptNames) {
    const read = `process.env.${name}`;
    verify(read, replaceAll(builtins, Buffer.from(read), Buffer.from("(void 0)".padEnd(read.length))), count);
  }
  verify("the engine's options", sealEngine(section(sealed, ".text"), architecture), 1);
  return sealed;
}

/** Names, or prefixes of names, in the strings of the native code, and how often each occurs. */
const nativeNames: readonly (readonly [string, number])[] = [
  ["BUN_", 198],
  ["NODE_CHANNEL_FD", 3],
  ["NODE_COMPILE_CACHE", 2],
  ["NODE_DEBUG_NATIVE", 1],
  ["NODE_EXTRA_CA_CERTS", 1],
  ["NODE_NO_WARNINGS", 1],
  ["NODE_PENDING_DEPRECATION", 1],
  ["NODE_PRESERVE_SYMLINKS_MAIN", 1],
  ["NODE_TLS_REJECT_UNAUTHORIZED", 2],
  ["NODE_USE_SYSTEM_CA", 1],
  ["CARES_HOSTS", 1],
  ["ICU_DATA", 1],
  ["ICU_TIMEZONE_FILES_DIR", 1],
  ["LSQUIC_LOG_SECRETS", 1],
];

/** The variables that the runtime's own JavaScript reads from process.env, and how often. */
const scriptNames: readonly (readonly [string, number])[] = [
  ["NODE_CHANNEL_FD", 1],
  ["NODE_CLUSTER_SCHED_POLICY", 1],
  ["NODE_DEBUG", 2],
  ["NODE_EXTRA_CA_CERTS", 1],
  ["NODE_TEST_CONTEXT", 1],
  ["NODE_TEST_WORKER_ID", 1],
  ["NODE_TLS_REJECT_UNAUTHORIZED", 3],
  ["NODE_UNIQUE_ID", 3],
  ["NODE_USE_ENV_PROXY", 1],
  ["NODE_USE_SYSTEM_CA", 1],
];

/**
 * The engine takes as an option what follows BUN_JSC_ in any variable, compared byte by byte in the code: options that
 * replace functions, write files, read others. It is made to look for `useJIT=0` instead, which is as long, and to take
 * that itself as the option: it only turns the compilers off, which does no harm in anyone's hands.
 */
function sealEngine(code: Buffer, architecture: Architecture): number {
  return replaceAll(
    code,
    optionScan(architecture, { prefix: "BUN_JSC_", optionAt: 8 }),
    optionScan(architecture, { prefix: "useJIT=0", optionAt: 0 }),
  );
}

/** A byte of machine code; undefined if it does not matter and stays. */
type Code = readonly (number | undefined)[];

/** Compare each byte of a variable with the prefix, continue to the next variable unless equal; the option begins at `optionAt`. */
function optionScan(
  architecture: Architecture,
  { prefix, optionAt }: { readonly prefix: string; readonly optionAt: number },
): Code {
  const bytes = [...Buffer.from(prefix)];
  const any = undefined;
  if (architecture === "x64") {
    // cmpb $byte,index(%r14); jne; and at the end lea optionAt(%r14),%rdi
    const compare = (byte: number, index: number) => [0x41, 0x80, ...(index === 0 ? [0x3e] : [0x7e, index]), byte];
    return [...bytes.flatMap((byte, index) => [...compare(byte, index), 0x75, any]), 0x49, 0x8d, 0x7e, optionAt];
  }
  // ldrb w10,[x9,#index]; cmp w10,#byte; b.ne; and at the end add x0,x9,#optionAt
  const word = (value: number) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
  const immediate = (instruction: number, value: number) => word(instruction | (value << 10));
  return [
    ...bytes.flatMap((byte, index) => [
      ...immediate(0x3940012a, index),
      ...immediate(0x7100015f, byte),
      ...[any, any, any, 0x54],
    ]),
    ...immediate(0x91000120, optionAt),
  ];
}

/** Replaces in place; returns how often. */
function replaceAll(where: Buffer, search: Code | Buffer, replacement: Code | Buffer): number {
  const first = Buffer.from([...search].slice(0, [...search, undefined].indexOf(undefined)).map(Number));
  let count = 0;
  for (let at = where.indexOf(first); at >= 0; at = where.indexOf(first, at + 1)) {
    if (!search.every((byte, index) => byte === undefined || where[at + index] === byte)) continue;
    for (const [index, byte] of replacement.entries()) if (byte !== undefined) where[at + index] = byte;
    count++;
  }
  return count;
}

function verify(what: string, found: number, expected: number): void {
  if (found !== expected) {
    throw new BuildError(`sealing the runtime: ${what} occurs ${found} times, not ${expected}`);
  }
}

/** Returns a section of a 64-bit little-endian ELF file, sharing its memory. */
function section(file: Buffer, name: string): Buffer {
  const table = Number(file.readBigUInt64LE(0x28));
  const headerSize = file.readUInt16LE(0x3a);
  const header = (index: number) => {
    const at = table + index * headerSize;
    const offset = Number(file.readBigUInt64LE(at + 0x18));
    return {
      nameAt: file.readUInt32LE(at),
      content: file.subarray(offset, offset + Number(file.readBigUInt64LE(at + 0x20))),
    };
  };
  const names = header(file.readUInt16LE(0x3e)).content;
  for (let index = 0; index < file.readUInt16LE(0x3c); index++) {
    const { nameAt, content } = header(index);
    if (names.toString("latin1", nameAt, names.indexOf(0, nameAt)) === name) return content;
  }
  throw new BuildError(`sealing the runtime: it has no section ${name}`);
}
