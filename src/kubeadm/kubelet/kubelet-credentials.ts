import { bootstrapKubeconfigPath, kubeletKubeconfigPath, kubeletPkiDirectory } from "../paths.ts";

/**
 * Reports whether a file is one of the kubelet's credentials, which do not stay as they were written: the kubelet renews
 * its certificate, may write its kubeconfig itself, and needs the bootstrap kubeconfig only once.
 */
export function belongsToKubelet(path: string): boolean {
  return (
    path === kubeletKubeconfigPath || path === bootstrapKubeconfigPath || path.startsWith(`${kubeletPkiDirectory}/`)
  );
}
