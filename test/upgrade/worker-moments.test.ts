import { upgradeMomentsSuite } from "./upgrade-suites.ts";
import { workerWorkflow } from "./upgrade-workflows.ts";

upgradeMomentsSuite(workerWorkflow(), 1);
