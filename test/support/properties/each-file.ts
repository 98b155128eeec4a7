// vitest's setupFiles: the one place where the seed of property tests is set.
import fc from "fast-check";
import { propertySeed } from "./seed.ts";

fc.configureGlobal({ seed: propertySeed });
