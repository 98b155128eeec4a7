import { momentsSuite } from "../support/interruption/moments-suite.ts";
import { initWorkflow } from "../support/interruption/workflows.ts";

momentsSuite(initWorkflow(), 2);
