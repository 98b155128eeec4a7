import type { DoctorCheck } from "../check.ts";
import { cgroups } from "./cgroups.ts";
import { clock } from "./clock.ts";
import { packetForwarding } from "./packet-forwarding.ts";
import { swap } from "./swap.ts";
import { unfinishedRun } from "./unfinished-run.ts";

export const machineChecks: readonly DoctorCheck[] = [unfinishedRun, clock, swap, cgroups, packetForwarding];
