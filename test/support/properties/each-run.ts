// vitest's globalSetup: says once which values the property tests get.
import { propertySeed } from "./seed.ts";

export function setup(): void {
  console.log(`Property tests have the seed ${propertySeed} (PROPERTY_SEED).`);
}
