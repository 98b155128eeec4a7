// The import rule of the project: arrows point one way (docs/adr/0002). The folders, what each is for and what it may
// import are rows of scripts/architecture/layers.json, of which docs/architecture.svg is drawn too.
const layers = require("./scripts/architecture/layers.json");

const base = layers.filter(({ group }) => group === "base").map(({ folder }) => folder);
/** What the folders of the base may import of each other; every other folder may import them all. */
const withinBase = {
  "src/errors": ["src/values"],
  "src/values": [],
  "src/addresses": [],
  "src/async": ["src/errors"],
  "src/go": base.filter((folder) => folder !== "src/events"),
  "src/events": ["src/errors", "src/values", "src/go"],
};

/** A folder's files, without those of a layer that lies inside of it. */
const inside = (folder) => {
  const inner = layers.filter((layer) => layer.folder.startsWith(`${folder}/`)).map((layer) => layer.folder);
  return { path: `^${folder}/`, pathNot: [...inner.map((other) => `^${other}/`), "\\.test\\.ts$"] };
};

const rules = layers
  .filter(({ folder }) => folder !== "bin")
  .map(({ folder, mayImport }) => {
    const allowed = [folder, ...mayImport, ...(withinBase[folder] ?? base)];
    return {
      name: `${folder} imports only what lies below it`,
      severity: "error",
      from: inside(folder),
      to: { path: "^src/", pathNot: `^(${allowed.join("|")})/` },
    };
  });

module.exports = {
  forbidden: [
    ...rules,
    { name: "no import cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "only adapters touch the outside world",
      severity: "error",
      from: {
        path: "^src/",
        pathNot: "^src/(host/local|cluster/https|sockets|grpc/connection|embedded)|\\.test\\.ts$",
      },
      to: { path: "^(node:)?(fs|fs/promises|child_process|net|tls|http|https|http2|dns|dns/promises|os)$" },
    },
    {
      name: "only tests import what is for tests",
      severity: "error",
      from: { path: "^(bin|src)/", pathNot: "\\.test\\.ts$" },
      to: { path: "^test/|\\.test\\.ts$" },
    },
    { name: "nothing unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "default"] },
    doNotFollow: { path: "node_modules" },
  },
};
