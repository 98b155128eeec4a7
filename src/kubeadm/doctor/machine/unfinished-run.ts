import { lastResort } from "../../../errors/decision.ts";
import { resetting } from "../../../errors/destructive-steps.ts";
import { isKubeadmError } from "../../../errors/kubeadm-error.ts";
import { JournalError, type RunIdentity } from "../../../journal/journal.ts";
import { readJournal, unusableJournal } from "../../../journal/journal-file.ts";
import { findActiveRun } from "../../../journal/run-lock.ts";
import { changedSince } from "../../../journal/unfinished-run.ts";
import { shell } from "../../../values/shell.ts";
import { mayHoldMember } from "../../etcd/may-hold-member.ts";
import { belongsToKubelet } from "../../kubelet/kubelet-credentials.ts";
import { isUpgrade } from "../../upgrade/node/machine-role.ts";
import { type DoctorCheck, failed, passed, warned } from "../check.ts";
import type { Examination } from "../examination.ts";

export const unfinishedRun: DoctorCheck = {
  name: "unfinished-run",
  group: "machine",
  title: "No kubeadm run is unfinished",
  look: async (examination) => {
    const { files } = examination;
    try {
      const active = await findActiveRun(examination);
      if (active !== undefined) {
        return warned(
          `${active.command} is changing this machine now (process ${active.pid}, since ${active.since}): the findings below may change.`,
          {
            remedy: "Wait until it finishes, then run this command again.",
            commands: [shell`ps -fp ${active.pid}`],
          },
        );
      }
      const journal = await readJournal(files);
      if (journal === undefined) return passed();
      const { failure, phases, run, updatedAt } = journal;
      const changed = await changedSince(journal, files, belongsToKubelet);
      const last = phases.findLast(({ state }) => state !== "done")?.name ?? phases.at(-1)?.name;
      const how = failure === undefined ? "was interrupted" : `failed with ${failure}`;
      const where = last === undefined ? "" : ` in the phase ${last}`;
      return failed(`kubeadm ${run.command} of this machine as ${run.nodeName} ${how}${where}, and was not finished.`, {
        evidence: [
          `${run.command} as ${run.role} ${run.nodeName}${run.target === "" ? "" : ` of ${run.target}`}, last active at ${updatedAt}`,
          ...changed.map((path) => `${path} was changed by others since`),
        ],
        ...(await waysOut(run, files)),
      });
    } catch (error) {
      if (isKubeadmError(error) && error.code === "DIRECTORY_UNTRUSTED") {
        return failed(`${error.message}.`, { remedy: error.remedy });
      }
      if (!(error instanceof JournalError)) throw error;
      const { message, remedy } = unusableJournal(error);
      return failed(`The record of an unfinished run cannot be used: ${message}.`, { remedy });
    }
  },
};

/**
 * The same command resumes the run. To give the run up is a decision: not for an upgrade, whose node works or has worked, and not
 * where etcd's only data may be.
 */
async function waysOut(run: RunIdentity, files: Examination["files"]) {
  const ways = {
    remedy: "Run the same command again: it resumes.",
    commands: [shell`kubeadm ${run.command.split(" ")} …`],
  };
  if (isUpgrade(run) || (await mayHoldMember(files))) return ways;
  return { ...ways, decision: lastResort(resetting({ id: "given-up-run", when: "this run is abandoned" })) };
}
