/** A shell's script, character by character as it is written, but for `\${`, which stands for `${`. */
export function script({ raw }: TemplateStringsArray): string {
  return raw.join("").replaceAll("\\${", "${");
}
