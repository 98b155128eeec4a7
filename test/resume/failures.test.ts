import { failuresSuite } from "../support/interruption/failures-suite.ts";
import { joinWorkflow } from "../support/interruption/workflows.ts";

failuresSuite(joinWorkflow("worker"), 6);
