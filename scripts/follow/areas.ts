/** What is compared, in the order of the report. */
export const areas = {
  commands: "Commands",
  flags: "Flags",
  help: "Help",
  defaults: "Defaults of the configuration",
  fields: "Configuration: kinds and fields",
  gates: "Feature gates",
  componentFlags: "Flags of the components, by their sources",
  componentHelp: "Flags of the components, by their help",
  componentFields: "Configuration of the kubelet and kube-proxy",
  accounts: "Accounts of controllers",
  system: "Requirements of the system",
  images: "Images",
  constants: "Constants",
  checks: "Preflight checks",
  outcomes: "Exit statuses",
  output: "Output",
  files: "Files: manifests, certificates, kubeconfigs, modes",
  objects: "Objects and RBAC",
  requests: "Requests",
  calls: "Calls of programs and the container runtime",
  texts: "Texts in the sources",
  code: "Functions",
  modules: "Modules and Go",
} as const;

export type Area = keyof typeof areas;

export const areaNames = Object.keys(areas) as readonly Area[];
