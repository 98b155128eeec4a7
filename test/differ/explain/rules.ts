import { certsRules } from "./certs-rules.ts";
import { faultRules } from "./fault-rules.ts";
import { fileRules } from "./file-rules.ts";
import { dryRunNode, nodeRules } from "./node-rules.ts";
import { explainedCertificate, rowRules, signedClusterInfo } from "./row-rules.ts";
import type { Rule } from "./rule.ts";
import { textRules } from "./text-rules.ts";
import { upgradeRules } from "./upgrade-rules.ts";
import { wholeRules } from "./whole-rules.ts";
import { wordRules } from "./word-rules.ts";

/** In the order in which they are tried: those that leave most to be seen come first. */
export const rules: readonly Rule[] = [
  dryRunNode,
  explainedCertificate,
  signedClusterInfo,
  ...textRules,
  ...fileRules,
  ...certsRules,
  ...nodeRules,
  ...upgradeRules,
  ...wordRules,
  ...faultRules,
  ...rowRules,
  ...wholeRules,
];
