const latinLetter = /^[A-Za-z]$/;
const anyLetter = /^\p{L}$/u;
const digit = /^[0-9]$/;

const onlyLetters = /^[A-Za-z]*$/;

/** go-yaml's order of keys: natural order, so `item2` comes before `item10`, and other characters before letters. */
export function compareKeys(left: string, right: string): number {
  if (onlyLetters.test(left) && onlyLetters.test(right)) return left < right ? -1 : Number(left > right);
  const [a, b] = [[...left], [...right]];
  const common = Math.min(a.length, b.length);
  for (let index = 0; index < common; index++) {
    const [x = "", y = ""] = [a[index], b[index]];
    if (x !== y) return compareFrom(a, b, index);
  }
  return a.length - b.length;
}

function compareFrom(a: readonly string[], b: readonly string[], index: number): number {
  const [x = "", y = ""] = [a[index], b[index]];
  const byCode = (x.codePointAt(0) ?? 0) - (y.codePointAt(0) ?? 0);
  if (isLetter(x) && isLetter(y)) return byCode;
  if (isLetter(x) || isLetter(y)) return isLetter(y) ? -1 : 1;
  // A leading zero does not count for the size, a zero inside a number does.
  const prefix = (x === "0" || y === "0") && isInsideNumber(a, index) ? 1 : 0;
  const [left, right] = [numberAt(a, index, prefix), numberAt(b, index, prefix)];
  if (left.value !== right.value) return left.value < right.value ? -1 : 1;
  return left.digits === right.digits ? byCode : left.digits - right.digits;
}

function isInsideNumber(characters: readonly string[], index: number): boolean {
  for (let before = index - 1; before >= 0 && digit.test(characters[before] ?? ""); before--) {
    if (characters[before] !== "0") return true;
  }
  return false;
}

function numberAt(characters: readonly string[], start: number, prefix: number) {
  let end = start;
  while (digit.test(characters[end] ?? "")) end++;
  const digits = characters.slice(start, end).join("");
  return { value: BigInt(`${prefix === 0 ? "" : prefix}${digits}` || "0"), digits: end - start };
}

/** The table of all letters is only loaded for a character beyond ASCII. */
function isLetter(character: string): boolean {
  return character < "\u0080" ? latinLetter.test(character) : anyLetter.test(character);
}
