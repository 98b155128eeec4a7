import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { whyNotToEmpty } from "./safe-directory.ts";

describe("a directory that may be emptied", () => {
  it.each([
    "/etc/kubernetes/pki",
    "/etc/kubernetes/manifests",
    "/etc/kubernetes/tmp",
    "/var/lib/kubelet",
    "/var/lib/etcd",
    "/opt/kubernetes/pki",
    "/data/kubelet",
    "/home/ann/pki",
  ])("%s", (path) => {
    expect(whyNotToEmpty(path)).toBeUndefined();
  });

  it.each([
    "/",
    "/etc",
    "/var/lib",
    "/var/log",
    "/etc/ssl",
    "/etc/pki",
    "/root",
    "/home/ann",
    "/usr/local/share/x",
    "/proc/1",
  ])("is not %s", (path) => {
    expect(whyNotToEmpty(path)).toBeDefined();
  });

  it("never is one that another refused one for its content lies in", () => {
    const names = fc.array(fc.constantFrom("etc", "var", "lib", "kubernetes", "ssl", "cni", "net.d", "log", "x"), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(names, (parts) => {
        const path = `/${parts.join("/")}`;
        if (whyNotToEmpty(path) !== "it holds more than a cluster's files") return;
        for (let depth = 1; depth < parts.length; depth++) {
          expect(whyNotToEmpty(`/${parts.slice(0, depth).join("/")}`)).toBeDefined();
        }
      }),
    );
  });
});
