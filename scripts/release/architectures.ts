/** The machines that releases are made for: how each kind of package calls them, and the program of the build. */
export const architectures = {
  amd64: { program: "dist/kubeadm", rpm: "x86_64", oci: "amd64" },
  arm64: { program: "dist/kubeadm-arm64", rpm: "aarch64", oci: "arm64" },
} as const;

/** As Debian, Go and Kubernetes call it. */
export type Architecture = keyof typeof architectures;
