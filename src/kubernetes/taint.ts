/** core/v1 Taint. The effect is not checked here, same as upstream: the API server checks it. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
  readonly timeAdded?: string;
}

export const controlPlaneTaint: Taint = { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" };

/** `key=value:Effect`, without empty parts: the format of the kubelet's --register-with-taints and of messages. */
export function formatTaint(taint: Taint): string {
  const value = taint.value ?? "";
  if (taint.effect === "") return value === "" ? taint.key : `${taint.key}=${value}:`;
  return value === "" ? `${taint.key}:${taint.effect}` : `${taint.key}=${value}:${taint.effect}`;
}
