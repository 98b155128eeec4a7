import { upgradeMomentsSuite } from "./upgrade-suites.ts";
import { applyWorkflow } from "./upgrade-workflows.ts";

upgradeMomentsSuite(applyWorkflow(), 2);
