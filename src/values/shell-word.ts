/** No shell reads these characters as anything but themselves. */
const plain = /^[\w@%+=:,./-]+$/;
/** An address of IPv6, whose brackets a shell reads as a pattern that stands for itself. */
const address = /^(?:\w+:\/\/)?\[[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\](?=[:/]|$)/;

/** Returns the text as one word of a POSIX shell: quoted if the shell would read its characters as anything else. */
export function shellWord(text: string): string {
  return plain.test(text.replace(address, "host")) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
