import { momentsSuite } from "../support/interruption/moments-suite.ts";
import { resetWorkflow } from "../support/interruption/workflows.ts";

momentsSuite(resetWorkflow("worker"), 2);
momentsSuite(resetWorkflow("control-plane"), 1);
momentsSuite(resetWorkflow("control-plane", "promote etcd member"), 1);
