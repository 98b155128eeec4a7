/** The upstream release whose behavior this program has; what scripts that ask for kubeadm's version read. */
export const kubernetesVersion = "v1.37.2";

export const kubernetesMajor = 1;
export const kubernetesMinor = 37;

export const programName = "kubeadm-ts";

/** This package's own version; a test keeps it equal to package.json. */
export const programVersion = "0.1.0";

/** How this program names itself to API servers: upstream's form, so that audit rules which look for it still match. */
export const userAgent = `kubeadm/${kubernetesVersion} (linux) ${programName}/${programVersion}`;
