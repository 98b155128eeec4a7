/** A long run whose figures belong on the page, in the order of the page. */
export interface ConformanceRun {
  /** The name of its result. */
  readonly name: string;
  /** What a person types. */
  readonly command: string;
  /** What the figures show, in a sentence. */
  readonly shows: string;
}

export const conformanceRuns: readonly ConformanceRun[] = [
  {
    name: "ci",
    command: ".ci/run",
    shows:
      "Checks, unit tests, system tests, attacks, moments of interruption, real clusters: what every change passes.",
  },
  {
    name: "differ",
    command: "npm run differ",
    shows: "Both programs with the same command lines, files and servers. Each difference is a row of differences.md.",
  },
  {
    name: "differ-1.38.0-beta.0",
    command: "npm run differ -- --release 1.38.0-beta.0",
    shows: "The same, built for the next release, beside upstream's program of that release.",
  },
  {
    name: "suites",
    command: "npm run suites:kubernetes",
    shows: "Upstream's own tests of kubeadm's commands and of clusters that kubeadm made, for each minor version.",
  },
  {
    name: "skew",
    command: "npm run skew",
    shows: "Joins with every kubelet that the lab can build, in clusters of every release, beside upstream's program.",
  },
  {
    name: "upgrade-kubernetes",
    command: "npm run upgrade:kubernetes",
    shows: "Upgrades of real clusters: one and three control planes, external etcd and CA, faults, rollbacks.",
  },
  {
    name: "next-kubernetes",
    command: "npm run next:kubernetes",
    shows: "The program built for the next release and upstream's, together in real clusters.",
  },
  { name: "attack", command: "npm run attack", shows: "Attacks on the program, by what the attacker controls." },
  {
    name: "resume",
    command: "npm run resume",
    shows: "Every workflow stopped at its moments, or failing at its steps, then run again.",
  },
  {
    name: "doctor-faults",
    command: "npm run doctor:faults",
    shows: "Faults injected into real clusters, each of which `kubeadm doctor` has to name.",
  },
  { name: "fuzz", command: "npm run fuzz", shows: "Parsers of outside data with mutated inputs." },
  {
    name: "scale",
    command: "npm run scale",
    shows: "Joins, doctor and `upgrade plan` in a cluster with thousands of objects, compared with an empty one.",
  },
  {
    name: "storm",
    command: "npm run storm",
    shows: "Many joins at once while the API server restarts, refuses requests, or is partly unreachable.",
  },
  {
    name: "bench",
    command: "npm run bench",
    shows: "Times and memory as ratios to upstream's program in the same run.",
  },
];
