import { momentsSuite } from "../support/interruption/moments-suite.ts";
import { joinWorkflow } from "../support/interruption/workflows.ts";

momentsSuite(joinWorkflow("worker"), 4);
