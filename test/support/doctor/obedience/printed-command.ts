// What a person makes of a command that doctor prints.

/** Where the comment behind a command says that it is to be run. */
type Place = "here" | "control-plane";

export interface PrintedCommand {
  /** As printed: a shell ignores the comment. */
  readonly text: string;
  readonly place: Place;
  /** Something has to be filled in that only a person knows. */
  readonly isTemplate: boolean;
}

/** An ellipsis, `<word>`, or a word in capitals that stands for a file or a machine. */
const blank = /…|<[a-z][a-z -]*>|(?:^|[\s':=-])(?:FILE|NODE|NAME|HOST|ADDRESS)(?=$|[\s':/])/;

export function printedCommand(text: string): PrintedCommand {
  const [command = "", comment = ""] = text.split(/ {2,}# ?/, 2);
  return {
    text,
    place: /\bon (?:a|another|the other|any) control plane\b/.test(comment) ? "control-plane" : "here",
    isTemplate: blank.test(command),
  };
}
