// What a public repository has besides its code: workflows, forms, labels, settings of editors.
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const root = join(import.meta.dirname, "..");
const textOf = (path: string) => readFileSync(join(root, path), "utf8");
const manifest = JSON.parse(textOf("package.json")) as { readonly scripts: Readonly<Record<string, string>> };

interface Workflow {
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly "timeout-minutes"?: number;
  readonly strategy?: { readonly matrix: { readonly include: readonly { readonly run: string }[] } };
  readonly steps: readonly { readonly run?: string; readonly uses?: string }[];
}

const workflows = globSync(".github/workflows/*.yml", { cwd: root })
  .sort()
  .map((path) => [path, parse(textOf(path)) as Workflow] as const);

/** Everything that a job runs, with the rows of its matrix. */
function commandsOf({ steps, strategy }: Job): readonly string[] {
  return [...steps.map(({ run = "" }) => run), ...(strategy?.matrix.include ?? []).map(({ run }) => run)];
}

const jobs = workflows.flatMap(([path, { jobs }]) => Object.values(jobs).map((job) => [path, job] as const));
const commands = jobs.flatMap(([, job]) => commandsOf(job));

describe("the workflows", () => {
  it.each(jobs)("%s runs only code of this repository, without rights, and for a limited time", (path, job) => {
    expect(job.steps.filter(({ uses }) => uses !== undefined)).toEqual([]);
    expect(job["timeout-minutes"]).toBeGreaterThan(0);
    expect(workflows.find(([name]) => name === path)?.[1].permissions).toEqual({});
  });

  it("do nothing but check out, install packages, and call what people call manually", () => {
    const known = /^(sudo (env "PATH=\$PATH" )?)?(\.ci\/(run|packages)\b|npm run [a-z:]+\b|\$\{\{ matrix\.run \}\})/;
    const others = commands.filter((command) => !known.test(command) && !command.startsWith("git init"));
    expect(others).toEqual(["cat dist/release/SHA256SUMS"]);
  });

  it("call scripts that exist", () => {
    const called = commands.flatMap((command) =>
      [...command.matchAll(/npm run ([\w:]+)/g)].map(([, name = ""]) => name),
    );
    expect(called).toContain("release");
    expect(called.filter((name) => manifest.scripts[name] === undefined)).toEqual([]);
  });

  it("run by night each long run that package.json has", () => {
    const long = Object.keys(manifest.scripts).filter((name) =>
      /^(attack|differ|resume|fuzz|scale|skew|storm|fuzz:properties|doctor:\w+|upgrade:\w+|test:repeat|release:\w+|\w+:kubernetes)$/.test(
        name,
      ),
    );
    // .ci/run has it for each change.
    const wanted = long.filter((name) => name !== "test:kubernetes");
    const [, nightly] = jobs.find(([path]) => path.endsWith("nightly.yml")) ?? [];
    const byNight = (nightly?.strategy?.matrix.include ?? []).map(({ run }) => run.split(" ")[2]);
    expect(byNight).toEqual(wanted.toSorted());
  });
});

describe("the forms of issues", () => {
  const labels = (parse(textOf(".github/labels.yml")) as readonly { readonly name: string }[]).map(({ name }) => name);

  interface Form {
    readonly name: string;
    readonly description: string;
    readonly labels: readonly string[];
    readonly body: readonly { readonly id: string; readonly attributes: { readonly description?: string } }[];
  }

  const forms = globSync(".github/ISSUE_TEMPLATE/[0-9]*.yml", { cwd: root })
    .sort()
    .map((path) => parse(textOf(path)) as Form);

  it("have labels that exist", () => {
    expect(forms).toHaveLength(3);
    expect(forms.flatMap((form) => form.labels).filter((name) => !labels.includes(name))).toEqual([]);
  });

  it("ask for the report of kubeadm doctor where something went wrong", () => {
    const asking = forms.filter(({ body }) =>
      body.some(({ id, attributes }) => id === "report" && attributes.description?.includes("kubeadm doctor --report")),
    );
    expect(asking.map(({ name }) => name)).toEqual(["Something failed", "Wrong or missing advice"]);
  });

  it("and the labels of updates exist, too", () => {
    const { updates } = parse(textOf(".github/dependabot.yml")) as {
      updates: readonly { labels: readonly string[] }[];
    };
    expect(updates.flatMap((update) => update.labels).filter((name) => !labels.includes(name))).toEqual([]);
  });
});

describe("editors", () => {
  it("indent and wrap as Biome does", () => {
    const { formatter } = JSON.parse(textOf("biome.json")) as {
      formatter: { indentStyle: string; indentWidth: number; lineWidth: number };
    };
    const editor = textOf(".editorconfig");
    expect(editor).toContain(`indent_style = ${formatter.indentStyle}\n`);
    expect(editor).toContain(`indent_size = ${formatter.indentWidth}\n`);
    expect(editor).toContain(`max_line_length = ${formatter.lineWidth}\n`);
  });
});

describe("the development container", () => {
  it("is built from files that exist, and sets up with a script that exists", () => {
    const { build, postCreateCommand } = JSON.parse(textOf(".devcontainer/devcontainer.json")) as {
      build: { dockerfile: string; context: string };
      postCreateCommand: string;
    };
    const dockerfile = textOf(join(".devcontainer", build.dockerfile));
    const copied = [...dockerfile.matchAll(/^COPY (\S+)/gm)].map(([, path = ""]) =>
      join(".devcontainer", build.context, path),
    );
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(manifest.scripts).toHaveProperty(postCreateCommand.replace("npm run ", ""));
  });
});
