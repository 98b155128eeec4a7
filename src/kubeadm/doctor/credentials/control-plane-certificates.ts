import type { X509Certificate } from "node:crypto";
import { isKubeadmError } from "../../../errors/kubeadm-error.ts";
import { FileError } from "../../../host/file-error.ts";
import { certificatesIn, hasKey } from "../../../pki/certificate.ts";
import { certificateContent } from "../../../pki/certificate-content.ts";
import { part, type ShellPart, shell } from "../../../values/shell.ts";
import { exists, loadCertificate, placeOf } from "../../certificates/certificate-files.ts";
import { authorities } from "../../certificates/certificate-table.ts";
import { describeCertificate } from "../../certificates/check-certificate.ts";
import {
  loadExistingKubeconfig,
  pathOf,
  type Renewable,
  renewables,
} from "../../certificates/renewable-certificates.ts";
import { endOf, signatureProblem, validityProblem } from "../../certificates/validity.ts";
import { currentCluster, KubeconfigError, userOf } from "../../kubeconfig/kubeconfig.ts";
import { defaultCertificatesDirectory } from "../../paths.ts";
import { componentsUsing } from "../../upgrade/control-plane/component-certificates.ts";
import { type DoctorCheck, type DoctorFinding, found, skipped } from "../check.ts";
import { restartComponents } from "../component-commands.ts";
import type { Examination } from "../examination.ts";
import { type ControlPlane, controlPlane } from "../facts/control-plane.ts";
import { authoritiesOf } from "../facts/endpoint.ts";
import { initPhaseAgain, setAside } from "../suggested-commands.ts";

export const controlPlaneCertificates: DoctorCheck = {
  name: "control-plane-certificates",
  group: "credentials",
  title: "The control plane's certificates and kubeconfigs are valid",
  after: ["clock", "cluster-ca"],
  look: async (examination) => {
    const plane = await examination.once(controlPlane);
    if (plane === undefined) return skipped("this machine is not a control plane");
    const expected = renewables.filter(({ authority }) => plane.hasLocalEtcd || authority !== "etcd-ca");
    const looks = await Promise.all(expected.map((renewable) => lookAt(renewable, plane, examination)));
    const ends = looks.flatMap(({ certificate }) => (certificate === undefined ? [] : [certificate]));
    const first = ends.sort((left, right) => endTime(left) - endTime(right))[0];
    return found(
      [...validityFindings(looks, examination.clock.now()), ...looks.flatMap(({ findings }) => findings)],
      first === undefined ? undefined : `the first one expires on ${endOf(first)}`,
    );
  },
};

interface Look {
  readonly renewable: Renewable;
  readonly certificate?: X509Certificate;
  readonly findings: readonly DoctorFinding[];
}

/** These may be missing: the first is an administrator's, the second is on the first control plane only. */
const optional: ReadonlySet<string> = new Set(["admin.conf", "super-admin.conf"]);

async function lookAt(renewable: Renewable, plane: ControlPlane, examination: Examination): Promise<Look> {
  const path = pathOf(renewable, plane);
  const failed = (finding: string, evidence: readonly string[] = []): Look => ({
    renewable,
    findings: [{ severity: "error", finding, evidence, ...renewalOf([renewable.name]) }],
  });
  try {
    const { certificate, intermediates, keyPem, trusted } = await read(renewable, plane, examination);
    const findings: DoctorFinding[] = [];
    const about = { severity: "error", ...renewalOf([renewable.name]) } as const;
    const own = `${path}: ${describeCertificate(certificate)}`;
    if (!hasKey(certificate, keyPem)) {
      findings.push({
        ...about,
        finding: `The private key of ${path} does not belong to its certificate.`,
        evidence: [own],
      });
    }
    const foreign = trusted.length === 0 ? undefined : signatureProblem({ leaf: certificate, intermediates }, trusted);
    if (foreign !== undefined) {
      const finding = `The certificate in ${path} is not signed by the CA of this cluster.`;
      const ca = trusted.map(
        (each) => `${authorities[renewable.authority].baseName}.crt: ${describeCertificate(each)}`,
      );
      findings.push({ ...about, finding, evidence: [own, ...ca] });
    }
    return { renewable, certificate, findings };
  } catch (error) {
    const cause = isKubeadmError(error) && error.cause instanceof FileError ? error.cause : error;
    if (cause instanceof FileError && cause.code === "not-found") {
      if (optional.has(renewable.name)) return { renewable, findings: [] };
      const finding = `${cause.path} is missing: the control plane component that needs it does not start.`;
      const parts = await recreation(renewable, plane, examination);
      return { renewable, findings: [{ severity: "error", finding, ...parts }] };
    }
    if (cause instanceof FileError) throw cause;
    if (isKubeadmError(error) || error instanceof KubeconfigError)
      return failed(`${path} cannot be used: ${error.message}`);
    throw error;
  }
}

interface Pair {
  readonly certificate: X509Certificate;
  readonly intermediates: readonly X509Certificate[];
  readonly keyPem: string;
  readonly trusted: readonly X509Certificate[];
}

async function read(renewable: Renewable, { certificatesDir }: ControlPlane, { files }: Examination): Promise<Pair> {
  const authorityPath = placeOf(certificatesDir, authorities[renewable.authority].baseName).certificate;
  const trusted = certificatesIn(await files.readText(authorityPath).catch(() => ""));
  if ("leaf" in renewable) {
    const place = placeOf(certificatesDir, renewable.leaf.baseName);
    const [loaded, keyPem] = await Promise.all([loadCertificate(place.certificate, files), files.readText(place.key)]);
    return { ...loaded, keyPem, trusted };
  }
  const kubeconfig = await loadExistingKubeconfig(pathOf(renewable, { certificatesDir }), files);
  const user = userOf(kubeconfig);
  const [certificate, ...intermediates] = certificatesIn(user?.clientCertificateData ?? "");
  if (certificate === undefined) throw new KubeconfigError("it contains no readable client certificate");
  const entry = currentCluster(kubeconfig);
  const named = entry === undefined ? undefined : await authoritiesOf(entry, files);
  const own = trusted.length > 0 ? trusted : (named?.certificates ?? []);
  return { certificate, intermediates, keyPem: user?.clientKeyData?.reveal() ?? "", trusted: own };
}

/** One finding for all that have expired, and one for all that are not valid yet: usually they come together. */
function validityFindings(looks: readonly Look[], now: Date): readonly DoctorFinding[] {
  const problems = looks.flatMap(({ renewable, certificate }) => {
    const problem = certificate === undefined ? undefined : validityProblem(certificate, now);
    return certificate === undefined || problem === undefined ? [] : [{ renewable, certificate, problem }];
  });
  const [first] = problems;
  if (first === undefined) return expiringSoon(looks, now);
  const names = problems.map(({ renewable }) => renewable.name);
  const one = `The certificate ${first.renewable.name} of the control plane ${first.problem}.`;
  const several = `${names.length} certificates of the control plane are not valid: ${names.join(", ")}.`;
  return [
    {
      severity: "error",
      finding: names.length === 1 ? one : several,
      evidence: problems.map(({ renewable, problem }) => `${renewable.name} ${problem}`),
      ...renewalOf(names),
    },
  ];
}

const soonMs = 14 * 86_400_000;

function expiringSoon(looks: readonly Look[], now: Date): readonly DoctorFinding[] {
  const soon = looks.flatMap(({ renewable, certificate }) =>
    certificate !== undefined && endTime(certificate) - now.getTime() < soonMs ? [{ renewable, certificate }] : [],
  );
  if (soon.length === 0) return [];
  return [
    {
      severity: "warning",
      finding:
        soon.length === 1
          ? "A certificate of the control plane expires within two weeks."
          : `${soon.length} certificates of the control plane expire within two weeks.`,
      evidence: soon.map(({ renewable, certificate }) => `${renewable.name} expires on ${endOf(certificate)}`),
      ...renewalOf(soon.map(({ renewable }) => renewable.name)),
    },
  ];
}

/** `certs renew` keeps the names of the certificates, whatever the cluster's configuration says. */
function renewalOf(names: readonly Renewable["name"][]) {
  const users = [...new Set(names.flatMap(componentsUsing))];
  const what = names.length === 1 ? "the certificate" : "the certificates";
  return {
    remedy: `Renew ${what}${users.length === 0 ? "." : `, then restart ${users.join(", ")}.`}`,
    commands: [...names.map((name) => shell`kubeadm certs renew ${name}`), ...restartComponents(users)],
  };
}

/** Those whose names the cluster's configuration may extend. The others are the same in every cluster. */
const configured: ReadonlySet<Renewable["name"]> = new Set(["apiserver", "etcd-server", "etcd-peer"]);

/** A certificate that is missing cannot be renewed: its names would be lost. */
async function recreation(renewable: Renewable, { certificatesDir }: ControlPlane, { files }: Examination) {
  const { name } = renewable;
  const users = componentsUsing(name);
  const then = users.length === 0 ? "" : `, then restart ${users.join(", ")}`;
  if (!("leaf" in renewable)) {
    const commands = [shell`kubeadm init phase kubeconfig ${name.replace(/\.conf$/, "")}`, ...restartComponents(users)];
    return { remedy: `Create it${then}.`, commands };
  }
  const { certificate, key } = placeOf(certificatesDir, renewable.leaf.baseName);
  const there = await Promise.all([certificate, key].map((path) => exists(path, files)));
  const left = [certificate, key].filter((_, index) => there[index]);
  const own = [shell`kubeadm init phase certs ${[name, ...directoryFlag(certificatesDir)]}`];
  const create = configured.has(name) ? initPhaseAgain(`certs ${name}`) : own;
  return {
    remedy: `Create certificate and key${configured.has(name) ? " with the cluster's configuration" : ""}${then}.`,
    commands: [...left.map(setAside), ...create, ...restartComponents(users)],
  };
}

function directoryFlag(certificatesDir: string): readonly ShellPart[] {
  return certificatesDir === defaultCertificatesDirectory ? [] : [part`--cert-dir ${certificatesDir}`];
}

function endTime(certificate: X509Certificate): number {
  return certificateContent(certificate).notAfter.getTime();
}
