// What a person makes of a command that doctor prints.

/** Where the comment behind a command says that it is to be run. */
type Place = "here" | "control-plane";

export interface PrintedCommand {
  /** As printed: a shell ignores the comment. */
  readonly text: string;
  readonly place: Place;
  /** Something has to be filled in that only a person knows. */
  readonly isTemplate: boolean;
  /** A file that comes from another machine of the cluster; any control plane has it. */
  readonly copies?: { readonly from: string; readonly to: string };
}

const copy = /^scp '?(?:NODE|CONTROL-PLANE):([\w./-]+)'? ([\w./-]+)$/;

/** An ellipsis, `<word>`, or a word in capitals that stands for a file or a machine. */
const blank = /…|<[a-z][a-z -]*>|(?:^|[\s':=-])(?:FILE|NODE|NAME|HOST|ADDRESS)(?=$|[\s':/])/;

export function printedCommand(text: string): PrintedCommand {
  const [command = "", comment = ""] = text.split(/ {2,}# ?/, 2);
  const [, from, to] = copy.exec(command) ?? [];
  if (from !== undefined && to !== undefined) return { text, place: "here", isTemplate: false, copies: { from, to } };
  return {
    text,
    place: /\bon (?:a|another|the other|any) control plane\b/.test(comment) ? "control-plane" : "here",
    isTemplate: blank.test(command),
  };
}
