// Descriptors of a program that are closed, full, or lead to someone who does not listen.
import type { DifferCase } from "../case.ts";
import { words } from "./command-line-cases.ts";
import { initDocuments } from "./configuration-text.ts";
import { controlPlaneFiles, oldCluster } from "./upgrade-world.ts";

/** The exit status is written down: the shell's own is the last command's. */
const shells: Readonly<Record<string, string>> = {
  "stdin closed": 'exec "$@" <&-',
  "stdout closed": 'exec "$@" >&-',
  "stderr closed": 'exec "$@" 2>&-',
  "both closed": 'exec "$@" >&- 2>&-',
  "all closed": 'exec "$@" <&- >&- 2>&-',
  "stdin from /dev/full": 'exec "$@" </dev/full',
  "stdin from a directory": 'exec "$@" </etc',
  "stdout to /dev/full": 'exec "$@" >/dev/full',
  "stderr to /dev/full": 'exec "$@" 2>/dev/full',
  "both to /dev/full": 'exec "$@" >/dev/full 2>&1',
  "stdout to nobody": '{ "$@"; echo "status $?" >&2; } | sleep 0',
  "stderr to nobody": '{ "$@" 3>&1 >&2 2>&3 3>&-; echo "status $?" >&2; } 2>/work/log | sleep 0',
};

const lines: readonly string[] = [
  "version -o short",
  "token generate",
  "token list",
  "token create --print-join-command",
  "token delete abcdef",
  "config print init-defaults",
  "config images list --kubernetes-version v1.37.2",
  "config validate --config c.yaml",
  "config migrate --old-config c.yaml",
  "certs check-expiration",
  "certs renew admin.conf",
  "certs certificate-key",
  "kubeconfig user --client-name x --config c.yaml",
  "bogus",
  "init phase certs ca --config c.yaml --cert-dir /x",
  "init phase certs ca --config c.yaml --cert-dir /etc/kubernetes/pki",
  "init phase control-plane scheduler --config c.yaml",
  "init phase preflight --config c.yaml",
  "join 192.0.2.20:16443 --token bad",
  "reset",
  "upgrade diff v1.37.2 --config u.yaml",
  "upgrade plan --config u.yaml",
  "upgrade apply v1.37.2 --ignore-preflight-errors all --config u.yaml",
];

/** Those that ask a question. */
const asking = /^(reset$|upgrade apply)/;

export function descriptorCases(): readonly DifferCase[] {
  return Object.entries(shells).flatMap(([name, shell]) =>
    lines
      .filter((line) => !name.startsWith("stdin") || asking.test(line))
      .map(
        (line): DifferCase => ({
          name: `descriptors/${name}/${line}`,
          args: words(line),
          tree: "control-plane",
          files: { ...controlPlaneFiles, "c.yaml": initDocuments() },
          shell,
          world: oldCluster(),
          timeoutMs: 30_000,
        }),
      ),
  );
}
