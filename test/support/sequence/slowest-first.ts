import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Files that take more than half a minute (`npm run test:slow`), the slowest first. vitest knows only the sizes of files that
 * it has never run, and a slow one that begins last keeps one processor busy and the others waiting.
 */
const slowest = [
  "src/kubeadm/upgrade/control-plane/interrupted-roll-back.test.ts",
  "test/build/release.test.ts",
  "test/embedded/doctor-control-plane.test.ts",
  "test/faults/faults.test.ts",
  "test/embedded/init.test.ts",
  "test/embedded/control-plane-join.test.ts",
  "test/build/library.test.ts",
  "test/faults/control-plane.test.ts",
  "test/build/many-joins.test.ts",
  "test/build/examples.test.ts",
  "test/secrets/secrets.test.ts",
  "test/embedded/pinned-discovery.test.ts",
  "test/embedded/doctor.test.ts",
  "test/embedded/report-page.test.ts",
  "test/embedded/readme.test.ts",
  "test/build/release-signatures.test.ts",
  "test/upgrade/roll-back.test.ts",
  "test/upgrade/single-phases.test.ts",
  "test/resume/reset-of-killed-init.test.ts",
  "test/resume/worker-join-moments.test.ts",
  "test/attack/hostile-transport.test.ts",
  "test/attack/environment.test.ts",
  "test/attack/certificates.test.ts",
  "test/attack/hostile-text.test.ts",
  "test/resume/control-plane-failures.test.ts",
  "test/upgrade/node-moments.test.ts",
];

export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => {
      const known = slowest.findIndex((path) => moduleId.endsWith(`/${path}`));
      return known < 0 ? slowest.length : known;
    };
    const group = ({ project }: TestSpecification) => project.config.sequence.groupOrder;
    return sorted.toSorted((left, right) => group(left) - group(right) || rank(left) - rank(right));
  }
}
