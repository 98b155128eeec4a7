import { upgradeMomentsSuite } from "./interrupted-upgrade.ts";
import { applyWorkflow } from "./upgrade-workflows.ts";

upgradeMomentsSuite(applyWorkflow(), 2);
