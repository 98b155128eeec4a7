import { expect, test } from "vitest";
import { decode } from "../../../go/json/decode.ts";
import { readYaml } from "../../../go/yaml/read-yaml.ts";
import { logging } from "./common-fields.ts";

test.each([
  ["flushFrequency: true", 'invalid duration "true": json: cannot unmarshal bool into Go value of type time.Duration'],
  [
    "flushFrequency: 1.5",
    'invalid duration "1.5": json: cannot unmarshal number 1.5 into Go value of type time.Duration',
  ],
  [
    "flushFrequency: {a: b}",
    'invalid duration "{\\"a\\":\\"b\\"}": json: cannot unmarshal object into Go value of type time.Duration',
  ],
  [
    "verbosity: 1.5",
    "json: cannot unmarshal number 1.5 into Go struct field LoggingConfiguration.verbosity of type v1.VerbosityLevel",
  ],
  [
    "verbosity: x",
    "json: cannot unmarshal string into Go struct field LoggingConfiguration.verbosity of type v1.VerbosityLevel",
  ],
  [
    "vmodule: x",
    "json: cannot unmarshal string into Go struct field LoggingConfiguration.vmodule of type v1.VModuleConfiguration",
  ],
])("what is wrong with %s of logging is reported as in Go", (text, message) => {
  expect(decode(readYaml(text), logging).problems).toMatchObject([{ message }]);
});

test.each(["flushFrequency: 5", "flushFrequency: 5s", "verbosity: 3", "vmodule: [{filePattern: a, verbosity: 1}]"])(
  "%s is right",
  (text) => {
    expect(decode(readYaml(text), logging).problems).toEqual([]);
  },
);
