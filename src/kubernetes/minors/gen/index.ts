// Written by `npm run generate:minors`; do not edit.
import type { MinorData } from "../minor-data.ts";
import { minor34 } from "./1.34.ts";
import { minor35 } from "./1.35.ts";
import { minor36 } from "./1.36.ts";
import { minor37 } from "./1.37.ts";
import { minor38 } from "./1.38.ts";

/** Oldest first. */
export const minors: readonly MinorData[] = [minor34, minor35, minor36, minor37, minor38];
