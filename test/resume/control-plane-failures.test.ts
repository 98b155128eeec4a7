import { failuresSuite } from "../support/interruption/failures-suite.ts";
import { initWorkflow, joinWorkflow } from "../support/interruption/workflows.ts";

failuresSuite(joinWorkflow("control-plane"), 2);
failuresSuite(initWorkflow(), 2);
