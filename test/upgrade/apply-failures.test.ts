import { upgradeFailuresSuite } from "./failing-upgrade.ts";
import { applyWorkflow } from "./upgrade-workflows.ts";

upgradeFailuresSuite(applyWorkflow(), 2);
