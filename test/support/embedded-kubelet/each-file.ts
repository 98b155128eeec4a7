// vitest's setupFiles: kubelets that tests start are the bundled program.
import { inject } from "vitest";
import { useProgram } from "../../../src/embedded/start-kubelet.ts";

useProgram(inject("embeddedKubelet"));
