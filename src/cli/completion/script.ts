/** Returns a shell script exactly as written, except that "\${" and "\`" become "${" and "`". */
export function script({ raw }: TemplateStringsArray): string {
  return raw.join("").replaceAll("\\${", "${").replaceAll("\\`", "`");
}
