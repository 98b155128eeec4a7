import { upgradeMomentsSuite } from "./interrupted-upgrade.ts";
import { secondControlPlaneWorkflow } from "./upgrade-workflows.ts";

upgradeMomentsSuite(secondControlPlaneWorkflow(), 1);
