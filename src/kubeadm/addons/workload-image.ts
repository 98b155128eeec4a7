import type { WorkloadObject } from "../../cluster/workload-resources.ts";

/** Returns the workload with another image of a container. */
export function withImage(workload: WorkloadObject, container: string, image: string): WorkloadObject {
  const { spec } = workload;
  const { template } = spec;
  const containers = template.spec.containers.map((each) => (each.name === container ? { ...each, image } : each));
  return { ...workload, spec: { ...spec, template: { ...template, spec: { ...template.spec, containers } } } };
}

/** Returns the image of a container; undefined if the workload has no such container. */
export function imageOf({ spec }: WorkloadObject, container: string): string | undefined {
  return spec.template.spec.containers.find(({ name }) => name === container)?.image;
}
