import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import {
  makeCredentials,
  manifestsOf,
  world,
} from "../../../../test/fixtures/kubeadm/upgrade/control-plane/upgraded-control-plane.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { FileError } from "../../../host/file-error.ts";
import { controlPlaneComponents } from "../../control-plane/write-component-manifests.ts";
import { manifestPath } from "../../control-plane/write-manifest.ts";

beforeAll(makeCredentials);

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no failure",
    (error: unknown) => error,
  );

describe("the upgrade of a control plane", () => {
  it("replaces the API server, then the other components in parallel, with new certificates, and leaves the old manifests", async () => {
    const { upgrade, images, told, changed, host, made: madePods } = world();
    const { oldManifests, oldCertificates, upgradedManifests } = await upgrade();
    expect(images()).toEqual(["v1.37.2", "v1.37.2", "v1.37.2"]);
    expect(controlPlaneComponents.map(madePods)).toEqual([2, 2, 2]);
    expect(told()).toEqual([
      "manifests.writing",
      "preparing kube-apiserver",
      "certificate.renewing apiserver",
      "certificate.renewing apiserver-kubelet-client",
      "certificate.renewing front-proxy-client",
      "certificate.renewing apiserver-etcd-client",
      "moving kube-apiserver",
      "waiting kube-apiserver",
      "upgraded kube-apiserver",
      "preparing kube-controller-manager",
      "certificate.renewing controller-manager.conf",
      "moving kube-controller-manager",
      "waiting kube-controller-manager",
      "preparing kube-scheduler",
      "certificate.renewing scheduler.conf",
      "moving kube-scheduler",
      "waiting kube-scheduler",
      "upgraded kube-controller-manager",
      "upgraded kube-scheduler",
    ]);
    expect(changed()).toEqual([
      "admin.conf",
      "controller-manager.conf",
      "pki/apiserver-etcd-client.crt",
      "pki/apiserver-etcd-client.key",
      "pki/apiserver-kubelet-client.crt",
      "pki/apiserver-kubelet-client.key",
      "pki/apiserver.crt",
      "pki/apiserver.key",
      "pki/front-proxy-client.crt",
      "pki/front-proxy-client.key",
      "scheduler.conf",
      "super-admin.conf",
    ]);
    for (const component of controlPlaneComponents) {
      expect(await host.files.readText(`${oldManifests}/${component}.yaml`)).toBe(manifestsOf("v1.36.3")[component]);
    }
    expect(await host.files.status(oldCertificates)).toBeUndefined();
    expect(await host.files.status(upgradedManifests)).toBeUndefined();
  });

  it("leaves components alone whose manifests are equal, with their certificates, but renews the administrators'", async () => {
    const { upgrade, told, changed, made: madePods } = world({ manifests: manifestsOf("v1.37.2") });
    await upgrade();
    expect(controlPlaneComponents.map(madePods)).toEqual([1, 1, 1]);
    expect(told().filter((line) => line.startsWith("equal"))).toHaveLength(3);
    expect(changed()).toEqual(["admin.conf", "super-admin.conf"]);
  });

  it("is over when each component has run for ten seconds, counted from its start", async () => {
    const { upgrade, host, runtime, images } = world();
    await upgrade();
    expect(images()).toEqual(["v1.37.2", "v1.37.2", "v1.37.2"]);
    const ages = controlPlaneComponents.map((component) => {
      const createdAt = runtime.containers.get(`${component}-2`)?.at(-1)?.createdAt ?? host.clock.now();
      return host.clock.now().getTime() - createdAt.getTime();
    });
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(10_000);
    expect(Math.min(...ages)).toBeLessThan(11_000);
  });

  it("continues with a component that has exited once, when that has run for ten seconds", async () => {
    const { upgrade, images, runtime, host } = world({
      fateOf: (manifest, component) =>
        component === "kube-scheduler" && manifest.includes("v1.37.2") ? "crashes once" : "runs",
    });
    await upgrade();
    expect(images()).toEqual(["v1.37.2", "v1.37.2", "v1.37.2"]);
    const [container] = runtime.containers.get("kube-scheduler-2") ?? [];
    expect(container).toMatchObject({ attempt: 1, state: "running" });
    expect(host.clock.now().getTime() - (container?.createdAt.getTime() ?? 0)).toBeGreaterThanOrEqual(10_000);
  });

  it("upgrades etcd first, and says whether the API server will change", async () => {
    const { upgrade, images } = world();
    const seen: unknown[] = [];
    const settle = async () => void seen.push("settled", images());
    await upgrade({
      upgradeEtcd: async (options) => {
        seen.push(options.apiServerChanges, images());
        return { settle };
      },
    });
    expect(seen).toEqual([true, ["v1.36.3", "v1.36.3", "v1.36.3"], "settled", ["v1.37.2", "v1.37.2", "v1.37.2"]]);
  });

  it("renews nothing if it is not to", async () => {
    const { upgrade, changed, images } = world();
    await upgrade({ isWanted: false });
    expect(changed()).toEqual([]);
    expect(images()).toEqual(["v1.37.2", "v1.37.2", "v1.37.2"]);
  });

  it("continues with the certificates of a CA whose key is elsewhere, and says which", async () => {
    const { upgrade, changed, told } = world({ without: ["/etc/kubernetes/pki/ca.key"] });
    await upgrade();
    expect(told().filter((line) => line.startsWith("certificate.external"))).toEqual(
      [
        "apiserver",
        "apiserver-kubelet-client",
        "controller-manager.conf",
        "scheduler.conf",
        "admin.conf",
        "super-admin.conf",
      ].map((name) => `certificate.external ${name}`),
    );
    expect(changed().filter((path) => path.endsWith(".crt"))).toEqual([
      "pki/apiserver-etcd-client.crt",
      "pki/front-proxy-client.crt",
    ]);
  });

  it.each([
    ["a certificate is missing", { without: ["/etc/kubernetes/pki/front-proxy-client.crt"] }, "CERTIFICATE_INVALID"],
    [
      "a manifest cannot be read",
      { manifests: { ...manifestsOf("v1.36.3"), "kube-scheduler": "{" } },
      "MANIFEST_INVALID",
    ],
  ])("changes nothing if %s", async (_name, of, code) => {
    const { upgrade, changed, images } = world(of);
    expect(await failureOf(upgrade())).toMatchObject({ code });
    expect(changed()).toEqual([]);
    expect(images().slice(0, 2)).toEqual(["v1.36.3", "v1.36.3"]);
  });

  it("does without admin.conf, and says so", async () => {
    const { upgrade, warnings } = world({ without: ["/etc/kubernetes/admin.conf"] });
    await upgrade();
    expect(warnings()).toContain("/etc/kubernetes/admin.conf does not exist, so it is not renewed");
  });
});

/** The scheduler works until its new version has run, and then no more. */
function schedulerStaysBroken(): (component: string, manifest: string) => boolean {
  let isBroken = false;
  return (component, manifest) => {
    if (component === "kube-scheduler" && manifest.includes("v1.37.2")) isBroken = true;
    return component !== "kube-scheduler" || !isBroken;
  };
}

describe("a component that does not work in its new version", () => {
  it.each([
    ["kube-apiserver", ["kube-apiserver"]],
    ["kube-controller-manager", ["kube-controller-manager", "kube-scheduler", "kube-apiserver"]],
    ["kube-scheduler", ["kube-controller-manager", "kube-scheduler", "kube-apiserver"]],
  ] as const)(
    "%s: it and those before it are restored with their certificates, and seen to work",
    async (bad, restored) => {
      const { upgrade, images, changed, told, host } = world({
        answers: (component, manifest) => component !== bad || !manifest.includes("v1.37.2"),
      });
      const failure = await failureOf(upgrade());
      expect(failure).toMatchObject({
        code: "UPGRADE_COMPONENT_FAILED",
        message: expect.stringContaining(
          `couldn't upgrade control plane. kubeadm has tried to recover everything into the earlier state. Errors faced: `,
        ),
        details: { component: bad, restored: [...restored], notRestored: [] },
      });
      expect((failure as KubeadmError).message).toContain(`${bad} check failed at https://`);
      expect(images()).toEqual(["v1.36.3", "v1.36.3", "v1.36.3"]);
      expect(changed()).toEqual([]);
      expect(told().filter((line) => line.startsWith("restored"))).toHaveLength(restored.length);
      expect(Object.keys(host.files.snapshot()).filter((path) => path.includes("backup-certificates"))).toEqual([]);
    },
  );

  it("because its container exits is restored, too", async () => {
    const { upgrade, images } = world({
      fateOf: (manifest, component) =>
        component === "kube-scheduler" && manifest.includes("v1.37.2") ? "exits" : "runs",
    });
    expect(await failureOf(upgrade())).toMatchObject({
      code: "UPGRADE_COMPONENT_FAILED",
      message: expect.stringContaining("static Pod hash for component kube-scheduler on Node cp1 did not change"),
      remedy: expect.stringMatching(
        /^kube-controller-manager, kube-scheduler and kube-apiserver are running again as before the upgrade, and are healthy\. .* Then run the same command again\.$/,
      ),
    });
    expect(images()).toEqual(["v1.36.3", "v1.36.3", "v1.36.3"]);
  });

  it.each(["kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const)(
    "for longer than some seconds is restored, too: %s",
    async (bad) => {
      const { upgrade, images, changed } = world({
        fateOf: (manifest, component) => (component === bad && manifest.includes("v1.37.2") ? "crashes" : "runs"),
      });
      expect(await failureOf(upgrade())).toMatchObject({
        code: "UPGRADE_COMPONENT_FAILED",
        message: expect.stringContaining(`${bad} became healthy, but did not run for 10s without a restart`),
        cause: { message: expect.stringContaining(`${bad} exited and was restarted`) },
        details: { component: bad },
      });
      expect(images()).toEqual(["v1.36.3", "v1.36.3", "v1.36.3"]);
      expect(changed()).toEqual([]);
    },
  );

  it("and does not work after it is restored either is named, with where its old files are", async () => {
    const { upgrade, images } = world({ answers: schedulerStaysBroken() });
    const failure = await failureOf(upgrade());
    expect(failure).toMatchObject({
      code: "UPGRADE_ROLLBACK_FAILED",
      message: expect.stringContaining("kube-scheduler was restored, but doesn't work either: "),
      details: { restored: ["kube-controller-manager", "kube-apiserver"], notRestored: ["kube-scheduler"] },
      remedy: expect.stringMatching(
        /^kube-scheduler has its old manifest and certificates again: .* kube-controller-manager and kube-apiserver are running again/,
      ),
    });
    expect(images()).toEqual(["v1.36.3", "v1.36.3", "v1.36.3"]);
  });

  it("and is not restored either leaves no old certificates that would replace those that someone renews later", async () => {
    const { upgrade, host } = world({ answers: schedulerStaysBroken() });
    const failure = await failureOf(upgrade());
    expect(failure).toMatchObject({
      code: "UPGRADE_ROLLBACK_FAILED",
      remedy: expect.stringContaining("kube-scheduler has its old manifest and certificates again"),
    });
    expect(Object.keys(host.files.snapshot()).filter((path) => path.includes("backup-certificates"))).toEqual([]);
    const path = "/etc/kubernetes/pki/front-proxy-client.crt";
    const renewed = `${await host.files.readText(path)}# renewed\n`;
    host.files.put(path, renewed);
    expect(await failureOf(upgrade())).toMatchObject({ code: "UPGRADE_ROLLBACK_FAILED" });
    expect(await host.files.readText(path)).toBe(renewed);
  });

  it("and whose kubeconfig cannot be restored is named with where that is", async () => {
    const { upgrade, host } = world({
      answers: (component, manifest) => component !== "kube-scheduler" || !manifest.includes("v1.37.2"),
    });
    const { write } = host.files;
    let isRenewed = false;
    host.files.write = async (path, ...words) => {
      if (path === "/etc/kubernetes/scheduler.conf") {
        if (isRenewed) throw new FileError("no-space", "write", path, "no space left on device");
        isRenewed = true;
      }
      return write(path, ...words);
    };
    expect(await failureOf(upgrade())).toMatchObject({
      code: "UPGRADE_ROLLBACK_FAILED",
      details: { notRestored: ["kube-scheduler"] },
      remedy: expect.stringContaining(
        "kubeconfigs that could not be restored are in /etc/kubernetes/tmp/kubeadm-backup-certificates-",
      ),
    });
    expect(Object.keys(host.files.snapshot()).filter((path) => path.includes("backup-certificates"))).toEqual([
      expect.stringMatching(/\/scheduler\.conf$/),
    ]);
  });

  it("can be upgraded by the same command once the problem is fixed", async () => {
    let isBroken = true;
    const { upgrade, images, changed } = world({
      answers: (component, manifest) => !isBroken || component !== "kube-scheduler" || !manifest.includes("v1.37.2"),
    });
    await failureOf(upgrade());
    isBroken = false;
    await upgrade();
    expect(images()).toEqual(["v1.37.2", "v1.37.2", "v1.37.2"]);
    expect(changed()).toHaveLength(12);
  });
});

describe("an interrupted upgrade of a control plane", () => {
  it.each([...Array(20).keys()].map((index) => 2 * index))(
    "after its step %i restores nothing, and ends as an uninterrupted one does when it is run again",
    async (step) => {
      const { upgrade, images, host, changed, made: madePods, told } = world();
      const over = new AbortController();
      const stopped = new KubeadmError("CANCELLED", "stopped");
      let steps = 0;
      const real = { write: host.files.write, remove: host.files.remove };
      const counting =
        <A extends readonly unknown[], R>(method: (...words: A) => Promise<R>) =>
        async (...words: A): Promise<R> => {
          if (steps++ >= step) over.abort(stopped);
          if (over.signal.aborted) throw stopped;
          return method(...words);
        };
      Object.assign(host.files, { write: counting(real.write), remove: counting(real.remove) });
      const first = await failureOf(upgrade({ signal: over.signal }));
      const finished = first === "no failure";
      Object.assign(host.files, real);
      const serials = () =>
        Object.entries(host.files.snapshot())
          .filter(([path]) => path.startsWith("/etc/kubernetes/pki/") && path.endsWith(".crt"))
          .map(([path, text]) => [path, new X509Certificate(text).serialNumber] as const);
      const before = new Map(serials());
      const old = world();
      const { oldManifests } = finished ? { oldManifests: "" } : await upgrade();
      expect(images()).toEqual(["v1.37.2", "v1.37.2", "v1.37.2"]);
      expect(changed()).toHaveLength(12);
      for (const component of controlPlaneComponents) {
        if (!finished)
          expect(await host.files.readText(`${oldManifests}/${component}.yaml`)).toBe(
            manifestsOf("v1.36.3")[component],
          );
        expect(await host.files.readText(manifestPath(component))).toBe(manifestsOf("v1.37.2")[component]);
        // A stop between the two steps of a replacement costs one more restart.
        expect(madePods(component)).toBeLessThanOrEqual(3);
      }
      // What the first attempt has renewed is not renewed again.
      for (const [path, serial] of serials()) {
        const original = new X509Certificate(await old.host.files.readText(path)).serialNumber;
        const renewed = before.get(path);
        if (renewed !== original) expect(serial, path).toBe(renewed);
      }
      expect(told().filter((line) => line.startsWith("restor"))).toEqual([]);
    },
  );
});
