import type { EventTypes } from "../../events/event.ts";

/** Returns the last lines of a reset: upstream's, then each item that is left, with the command that removes it. */
export function resetClosingLines({ wasClean, dryRun, leftovers }: EventTypes["reset.finished"]): readonly string[] {
  return [
    ...(wasClean ? ["[reset] There was nothing to undo: no trace of a cluster was found on this machine"] : []),
    "",
    "The reset process does not perform cleanup of CNI plugin configuration,",
    "network filtering rules and kubeconfig files.",
    "",
    "For information on how to perform this cleanup manually, please see:",
    "    https://k8s.io/docs/reference/setup-tools/kubeadm/kubeadm-reset/",
    "",
    ...leftoverLines(leftovers, dryRun),
  ];
}

function leftoverLines(leftovers: EventTypes["reset.finished"]["leftovers"], dryRun: boolean): readonly string[] {
  if (leftovers.length === 0) return [];
  return [
    dryRun
      ? "These would stay; the command removes what you do not need:"
      : "These stay; the command removes what you do not need:",
    ...leftovers.flatMap(({ what, command }) => [`* ${what}`, `    ${command}`]),
  ];
}
