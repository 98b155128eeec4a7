import { expect, it } from "vitest";
import { cleanPath } from "./clean-path.ts";

it.each([
  ["/srv/pki", "/srv/pki"],
  ["/srv//pki/", "/srv/pki"],
  ["//srv/./pki/../other", "/srv/other"],
  ["/../srv", "/srv"],
  ["/", "/"],
  ["//", "/"],
  ["", ""],
  ["pki//x", "pki//x"],
])("%j is cleaned to %j", (path, cleaned) => {
  expect(cleanPath(path)).toBe(cleaned);
});
