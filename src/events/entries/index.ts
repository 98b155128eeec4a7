// Every type of event, each declared once, in the file of its area.
import { certificateEvents } from "./certificate-events.ts";
import { changeEvents } from "./change-events.ts";
import { clusterEvents } from "./cluster-events.ts";
import { controlPlaneEvents } from "./control-plane-events.ts";
import { doctorEvents } from "./doctor-events.ts";
import { dryRunEvents } from "./dry-run-events.ts";
import { kubeletEvents } from "./kubelet-events.ts";
import { preflightEvents } from "./preflight-events.ts";
import { resetEvents } from "./reset-events.ts";
import { resultEvents } from "./result-events.ts";
import { runEvents } from "./run-events.ts";
import { upgradeEvents } from "./upgrade-events.ts";

/** Every type of event. `npm run docs` fails if one is declared twice. */
export const eventEntries = {
  ...runEvents,
  ...preflightEvents,
  ...changeEvents,
  ...kubeletEvents,
  ...controlPlaneEvents,
  ...certificateEvents,
  ...clusterEvents,
  ...resultEvents,
  ...resetEvents,
  ...doctorEvents,
  ...dryRunEvents,
  ...upgradeEvents,
};
