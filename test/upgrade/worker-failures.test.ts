import { upgradeFailuresSuite } from "./upgrade-suites.ts";
import { workerWorkflow } from "./upgrade-workflows.ts";

upgradeFailuresSuite(workerWorkflow(), 1);
