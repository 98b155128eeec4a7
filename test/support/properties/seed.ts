/**
 * The seed of every property test: the same in every run, so that a failure of `npm test` is one of the change. PROPERTY_SEED
 * chooses another; `npm run fuzz:properties` tries new ones for as long as you let it.
 */
export const propertySeed = seedOf(process.env["PROPERTY_SEED"] ?? "1");

export const largestSeed = 0x7fff_ffff;

function seedOf(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`PROPERTY_SEED=${text} is not a whole number`);
  return Number(text);
}
