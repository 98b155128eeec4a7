import { upgradeFailuresSuite, upgradeMomentsSuite } from "./upgrade-suites.ts";
import { workerWorkflow } from "./upgrade-workflows.ts";

// Both use the workers of one cluster.
const workflow = workerWorkflow();
upgradeMomentsSuite(workflow, 1);
upgradeFailuresSuite(workflow, 1);
