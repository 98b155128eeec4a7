import { Random } from "../../support/random.ts";
import type { DifferCase } from "../case.ts";
import { apiFaultCases } from "./api-fault-cases.ts";
import { certsCases } from "./certs-cases.ts";
import { commandLineCases } from "./command-line-cases.ts";
import { componentCases } from "./component-cases.ts";
import { descriptorCases } from "./descriptor-cases.ts";
import { differenceCases } from "./difference-cases.ts";
import { emptyFlagCases } from "./empty-flag-cases.ts";
import { fieldCases, fieldEffectCases } from "./field-cases.ts";
import { fileCases } from "./file-cases.ts";
import { hostileFileCases } from "./hostile-file-cases.ts";
import { initPhaseCases } from "./init-phase-cases.ts";
import { installerCases } from "./installer-cases.ts";
import { keyCases } from "./key-cases.ts";
import { nodeCases } from "./node-cases.ts";
import { phaseFaultCases } from "./phase-fault-cases.ts";
import { preflightCases } from "./preflight-cases.ts";
import { shellCases } from "./shell-cases.ts";
import { storedConfigurationCases } from "./stored-configuration-cases.ts";
import { tokenCases } from "./token-cases.ts";
import { upgradeCases } from "./upgrade-cases.ts";
import { upgradeRowCases } from "./upgrade-row-cases.ts";
import { versionCases } from "./version-cases.ts";

/** All cases of a seed, in a fixed order. */
export function allCases(seed: number): readonly DifferCase[] {
  const random = new Random(seed);
  const cases = [
    ...commandLineCases(),
    ...fileCases(),
    ...fieldCases(random, 4),
    ...fieldEffectCases(random, 200),
    ...componentCases(random, 3),
    ...initPhaseCases(random),
    ...certsCases(),
    ...keyCases(),
    ...tokenCases(),
    ...nodeCases(),
    ...shellCases(),
    ...installerCases(),
    ...differenceCases(),
    ...storedConfigurationCases(),
    ...hostileFileCases(),
    ...apiFaultCases(),
    ...phaseFaultCases(),
    ...upgradeCases(),
    ...versionCases(),
    ...emptyFlagCases(),
    ...descriptorCases(),
    ...preflightCases(),
    ...upgradeRowCases(),
  ];
  const names = new Set<string>();
  for (const { name } of cases) {
    if (names.has(name)) throw new Error(`two cases are called ${name}`);
    names.add(name);
  }
  return cases;
}
