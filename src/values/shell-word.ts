/** Returns the text as one word of a POSIX shell: quoted if the shell would read its characters as anything else. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
