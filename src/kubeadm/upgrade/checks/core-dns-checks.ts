import { configMaps } from "../../../cluster/resources.ts";
import { shell } from "../../../values/shell.ts";
import { findObject } from "../../cluster-objects/change-object.ts";
import { systemNamespace } from "../../cluster-objects/rbac.ts";
import type { ClusterWritePorts } from "../../cluster-objects/write-objects.ts";
import { type CorefileMigration, migrateCorefile } from "../../core-dns/migrate-corefile.ts";
import { type Check, type Problem, passed, problem, shared } from "../../preflight/check.ts";
import { type ClusterCheck, clusterCheck } from "./cluster-check.ts";

type ReadTag = (ports: ClusterWritePorts) => Promise<string>;

/** CoreDNS as it runs in the cluster. */
interface DeployedCoreDns {
  readonly tag: string;
  /** Undefined if the ConfigMap has none. */
  readonly corefile: string | undefined;
}

/**
 * Checks that the Corefile can be used by the CoreDNS that the upgrade deploys. A cluster without CoreDNS, and a Corefile
 * that is left unchanged, are no reason to stop: upstream refuses both. `readTag` returns the tag of CoreDNS' image.
 */
export function coreDnsChecks(
  { readTag, target }: { readonly readTag: ReadTag; readonly target: string },
  ports: ClusterWritePorts,
): readonly Check[] {
  // Asked once, same as upstream: they are the first requests of `upgrade plan`, and who waits for a minute to hear that
  // the API server cannot be reached learns nothing more.
  const read = shared((each: ClusterWritePorts) => readCoreDns(readTag, { ...each, timeoutMs: 0 }));
  const checks: readonly ClusterCheck[] = [
    {
      name: "CoreDNSUnsupportedPlugins",
      severity: "error",
      run: async (each) => {
        const migration = migrationOf(await read(each), target);
        if (migration === undefined || migration.from === "same") return passed;
        const { removed, unfamiliar } = migration;
        const problems = [
          ...(removed.length === 0 ? [] : [removedPlugins(removed, target)]),
          ...(unfamiliar.length === 0 ? [] : [unfamiliarPlugins(unfamiliar, target)]),
        ];
        return problems.length === 0 ? passed : { problems };
      },
    },
    {
      name: "CoreDNSMigration",
      severity: "error",
      run: async (each) => {
        const found = await read(each);
        if (found !== undefined && found.corefile === undefined) {
          return problem("unable to find the CoreDNS Corefile data", {
            remedy: `Add the key "Corefile" to the ConfigMap ${systemNamespace}/coredns.`,
          });
        }
        const migration = migrationOf(found, target);
        if (migration?.from === "newer") {
          return problem(`CoreDNS will not be upgraded: start version '${bare(found?.tag)}' not supported`, {
            remedy: `CoreDNS is newer than ${target}. Keep it with --skip-phases=addon/coredns and --ignore-preflight-errors=CoreDNSMigration, or set dns.disabled in the ClusterConfiguration.`,
          });
        }
        if (migration?.from === "known" && migration.notes.length > 0) {
          return problem(`the Corefile has to change for CoreDNS ${target}: ${migration.notes.join("; ")}`, {
            severity: "warning",
          });
        }
        if (migration?.from !== "unknown") return passed;
        return problem(
          `start version '${bare(found?.tag)}' not supported: the Corefile is left unchanged. Check it against the release notes of CoreDNS up to ${target}`,
          { severity: "warning" },
        );
      },
    },
  ];
  return checks.map((check) => clusterCheck(check, ports));
}

function removedPlugins(names: readonly string[], target: string): Problem {
  return {
    message: `the Corefile has plugins that CoreDNS ${target} no longer has: ${quoted(names)}. CoreDNS does not start with them`,
    remedy: `Remove their lines: \`${shell`kubectl -n ${systemNamespace} edit configmap coredns`}\`.`,
  };
}

function unfamiliarPlugins(names: readonly string[], target: string): Problem {
  return {
    severity: "warning",
    message: `the Corefile has plugins that kubeadm does not know: ${quoted(names)}. Their lines are left unchanged: check them against the release notes of CoreDNS up to ${target}`,
  };
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}

/** Undefined if there is no CoreDNS to migrate. */
function migrationOf(found: DeployedCoreDns | undefined, target: string): CorefileMigration | undefined {
  if (found?.corefile === undefined || found.tag === "") return undefined;
  return migrateCorefile(found.corefile, found.tag, target);
}

function bare(tag = ""): string {
  return tag.replace(/^v+/, "");
}

async function readCoreDns(readTag: ReadTag, ports: ClusterWritePorts): Promise<DeployedCoreDns | undefined> {
  const reference = { namespace: systemNamespace, name: "coredns" };
  const map = await findObject(configMaps, reference, ports, "");
  if (map === undefined) return undefined;
  return { tag: await readTag(ports), corefile: map.data?.["Corefile"] };
}
