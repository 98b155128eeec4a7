import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../test/support/temporary/temporary-directory.ts";
import { declaredFlags, flagModules } from "./flags.ts";
import { declaredGates, gateModules } from "./gates.ts";
import { itemsFrom } from "./go-source.ts";
import { controllerAccounts } from "./sources.ts";

/** Writes the sources of modules, and returns the folder of each. */
function modulesWith(files: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const root = temporaryDirectory().path;
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return new Map([...flagModules, ...gateModules].map((module) => [module, join(root, module)]));
}

describe("what stands between brackets in Go's sources", () => {
  it.each([
    ["a, b)", ["a", "b"]],
    ['f(a, "x)"), []string{"b", "c"}, "d\\", e")', ['f(a, "x)")', '[]string{"b", "c"}', '"d\\", e"']],
    ["`a, (`,\n\t// b, c)\n\td,\n}", ["`a, (`", "d"]],
    [")", []],
  ])("%j has its items", (text, items) => {
    expect(itemsFrom(text, 0)).toEqual(items);
  });
});

describe("the feature gates that sources declare", () => {
  const directories = modulesWith({
    "kubernetes/pkg/features/kube_features.go": `
      Grown featuregate.Feature = "Grown"
      Split = featuregate.Feature("Split")
      Coming featuregate.Feature = "Coming"
      var gates = map[featuregate.Feature]featuregate.VersionedSpecs{
        Grown: {
          {Version: version.MustParse("1.30"), Default: false, PreRelease: featuregate.Alpha},
          {Version: version.MustParse("1.36"), Default: true, LockToDefault: true, PreRelease: featuregate.GA}, // remove it in 1.39
        },
        Split: {
          {Version: version.MustParse("1.36"), Default: false, PreRelease: featuregate.Beta},
          {Version: version.MustParse("1.36"), Default: true, PreRelease: featuregate.Beta, MinCompatibilityVersion: version.MustParse("1.36")},
        },
        Coming: {{Version: version.MustParse("1.38"), Default: false, PreRelease: featuregate.Alpha}},
      }
      var needs = map[featuregate.Feature][]featuregate.Feature{
        Split: {registered.Other, Grown},
        Grown: {},
      }`,
    "controller-manager/pkg/features/kube_features.go": `
      Other featuregate.Feature = "Other"
      var gates = map[featuregate.Feature]featuregate.VersionedSpecs{
        Other: {{Version: version.MustParse("1.30"), Default: true, PreRelease: featuregate.Deprecated}},
      }`,
  });
  const at = (minor: number) => Object.fromEntries(declaredGates(directories, minor));

  it("have the stage and value of the version, and the gates that they need", () => {
    expect(at(35)).toMatchObject({ Grown: { stage: "alpha", isOn: false, isLocked: false, needs: [] } });
    expect(at(36)).toMatchObject({
      Grown: { stage: "stable", isOn: true, isLocked: true },
      Split: { stage: "beta", isOn: false, needs: ["Grown", "Other"] },
    });
  });

  it("count for clusters without nodes of the version before from the next version on", () => {
    expect(at(37)["Split"]).toMatchObject({ isOn: true });
  });

  it("are left out before their first version", () => {
    expect(Object.keys(at(37))).toEqual(["Grown", "Split", "Other"]);
    expect(Object.keys(at(38))).toContain("Coming");
  });

  it("name the package without which a component does not have them", () => {
    expect(at(37)["Grown"]?.registeredBy).toBeUndefined();
    expect(at(37)["Other"]?.registeredBy).toBe("k8s.io/controller-manager/pkg/features/register");
  });
});

describe("the flags that sources declare", () => {
  const directories = modulesWith({
    "kubernetes/cmd/kube-scheduler/app/options.go": `
      const nameFlag = "by-constant"
      func flags(fs *pflag.FlagSet, o *options.UsedOptions) {
        fs.StringVar(&o.Plain, "plain", "usage, with a comma")
        fs.VarP(o.List, nameFlag, "l", "usage")
        register(global, fs, "of_library")
        register(global, fs, library.OtherName)
        fs.MarkDeprecated("plain", "gone soon")
      }`,
    "kubernetes/cmd/kube-scheduler/app/options_test.go": `fs.StringVar(&o.Test, "of-a-test", "")`,
    "cloud-provider/options/used.go": `func (o *UsedOptions) AddFlags(fs *pflag.FlagSet) { fs.BoolVar(&o.A, "of-used-options", o.A, "") }`,
    "cloud-provider/options/unused.go": `func (o *UnusedOptions) AddFlags(fs *pflag.FlagSet) { fs.BoolVar(&o.A, "of-unused-options", o.A, "") }`,
    "component-base/logs/flags.go": `func AddFlags(fs *pflag.FlagSet) { fs.IntVar(&v, "of-all", 0, ""); fs.MarkDeprecated("of-all", "") }`,
  });
  const { all, mentioned, deprecated } = declaredFlags(directories, "kube-scheduler");

  it("are those of the component, and of the options that it names", () => {
    expect(all).toEqual(["by-constant", "of-all", "of-library", "of-used-options", "plain"]);
  });

  it("are not called removed if a constant may stand for them", () => {
    expect(mentioned.has("other-name")).toBe(true);
    expect(mentioned.has("of-unused-options")).toBe(false);
  });

  it("are deprecated in a file of Kubernetes' repository", () => {
    expect(deprecated).toEqual({
      "cmd/kube-scheduler/app/options.go": ["plain"],
      "staging/src/k8s.io/component-base/logs/flags.go": ["of-all"],
    });
  });
});

describe("the ServiceAccounts of controllers", () => {
  const kubernetes = modulesWith({
    "kubernetes/cmd/kube-controller-manager/names/names.go": `const (
      Named = "named-controller"
      Gated = "gated-controller"
      Off = "off-controller"
      Signer = "signer-controller"
      Built = "built-controller"
    )`,
    "kubernetes/cmd/kube-controller-manager/app/app.go": `
      var a = &ControllerDescriptor{name: names.Named, constructor: newNamed}
      var b = &ControllerDescriptor{name: names.Gated, constructor: newGated, requiredFeatureGates: []featuregate.Feature{features.Gate}}
      var c = &ControllerDescriptor{name: names.Off, constructor: newOff, isDisabledByDefault: true}
      var d = &ControllerDescriptor{name: names.Signer, aliases: []string{"bootstrapsigner"}, constructor: newSigner, isDisabledByDefault: true}
      var f = &ControllerDescriptor{name: names.Built, constructor: newBuilt}
      var e = &ControllerDescriptor{name: cloud.Name, constructor: newCloud, isCloudProviderController: true}
func newNamed(ctx context.Context) {
  client := c.NewClient(controllerName)
}
func newGated(ctx context.Context) {
  if !gates.Enabled(features.Inner) {
    return nil, nil
  }
  client := c.NewClient("gated-account")
}
func newOff(ctx context.Context) {
  client := c.NewClient("off-account")
}
func newBuilt(ctx context.Context) {
  ownClientBuilder := c.ClientBuilder.WithRateLimits(1, 2)
  client, err := ownClientBuilder.Client("built-account")
  metadata, err := ownClientBuilder.MetadataClient("built-account")
}
func newSigner(ctx context.Context) {
  client := c.ClientBuilder.ClientOrDie("signer-account")
}
`,
  }).get("kubernetes");
  const accounts = (...on: readonly string[]) => controllerAccounts(kubernetes ?? "", (gate) => on.includes(gate));

  it("are those that run with kubeadm's flags", () => {
    expect(accounts()).toEqual(["built-account", "named-controller", "signer-account"]);
  });

  it("include one whose feature gates are all enabled", () => {
    expect(accounts("Gate")).not.toContain("gated-account");
    expect(accounts("Gate", "Inner")).toContain("gated-account");
  });
});
