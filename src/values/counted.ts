/** Returns a number of things: "1 line", "2 lines". */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
