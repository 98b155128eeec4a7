/** A shell's script, character by character as it is written, but for "\${" and "\`", which stand for "${" and "`". */
export function script({ raw }: TemplateStringsArray): string {
  return raw.join("").replaceAll("\\${", "${").replaceAll("\\`", "`");
}
