/** The runtime of the arm64 executable: same version as @oven/bun-linux-x64, which the lockfile pins for this machine. */
export const arm64Runtime = {
  name: "@oven/bun-linux-aarch64",
  version: "1.4.5",
  integrity: "sha512-4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==",
};
