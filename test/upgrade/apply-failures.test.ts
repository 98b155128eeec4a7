import { upgradeFailuresSuite } from "./upgrade-suites.ts";
import { applyWorkflow } from "./upgrade-workflows.ts";

upgradeFailuresSuite(applyWorkflow(), 2);
