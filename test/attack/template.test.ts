// Templates that cost time or memory, or that reach behind what they are given.
import { type Attack, attacksBy } from "./attack.ts";
import { mostMiB, watchProgram } from "./watched-program.ts";
import { damage } from "./weapons.ts";

/** Nobody waits longer for a list of images. */
const mostBytes = 50_000_000;

function template(name: string, output: string): Attack {
  return {
    name,
    run: async ({ program }) => {
      const args = ["config", "images", "list", "--kubernetes-version", "v1.37.2", "-o", output];
      const ran = await watchProgram(program, args, {});
      const isHeld = ran.status === undefined ? "the program did not end" : undefined;
      const isBig = ran.peakMiB > mostMiB ? `the program took ${Math.round(ran.peakMiB)} MiB` : undefined;
      const isLong = ran.stdout.length > mostBytes ? `the program wrote ${ran.stdout.length} bytes` : undefined;
      return {
        carriedOut: ran.status !== undefined,
        won: isHeld ?? isBig ?? isLong ?? damage(ran.stderr),
      };
    },
  };
}

const go = (text: string) => `go-template=${text}`;

attacksBy("the author of a template", "exhaust the program, or reach what is not the template's", [
  ...["%536870900d", "%0536870900d", "%.536870900d", "%-536870900s", "%.536870900f"].map((verb) =>
    template(`has a number padded by ${verb}`, go(`{{printf "${verb}" 1}}`)),
  ),
  template("has a width computed", go('{{printf "%*d" 536870900 1}}')),
  template("has widths in widths", go('{{printf "%9999s" (printf "%9999s" (printf "%9999s" "x"))}}')),
  template("has half a character escaped for a URL", go('{{urlquery "\\ud800"}}')),
  template("calls itself", go('{{define "a"}}{{template "a"}}{{end}}{{template "a"}}')),
  template("nests without end", go(`${"{{if true}}".repeat(5_000)}`)),
  template("asks for a prototype", go("{{.constructor}} {{.__proto__.polluted}} {{.images.constructor}}")),
  template("asks for an element that is far away", go("{{index .images 4294967296}}")),
  template("takes a slice that is not one", go("{{slice .images 5 2}}")),
  template("descends without end, in JSONPath", `jsonpath={${"..".repeat(5_000)}}`),
  template("has a union of everything, in JSONPath", `jsonpath={.images[${"*,".repeat(5_000)}*]}`),
  template("filters by filters, in JSONPath", `jsonpath={.images[?(@${"[?(@".repeat(2_000)}`),
  template("takes steps without end, in JSONPath", "jsonpath={.images[0:999999999999999999999:0]}"),
  template("asks for a prototype, in JSONPath", "jsonpath={.__proto__}{.constructor.name}{.images.__proto__}"),
]);
