import { upgradeMomentsSuite } from "./upgrade-suites.ts";
import { secondControlPlaneWorkflow } from "./upgrade-workflows.ts";

upgradeMomentsSuite(secondControlPlaneWorkflow(), 1);
