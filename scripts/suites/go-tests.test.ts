import { expect, test } from "vitest";
import { ginkgoTests, goTests } from "./go-tests.ts";

test("tests of Go count without those that only have subtests, each with what it printed", () => {
  const output = `=== RUN   TestJoin
=== RUN   TestJoin/valid_token
=== RUN   TestJoin/no_token
    join_test.go:27: failed CmdJoin
        	expected: false
=== NAME  TestJoin
    join_test.go:30: afterwards
--- FAIL: TestJoin (0.20s)
    --- PASS: TestJoin/valid_token (0.10s)
    --- FAIL: TestJoin/no_token (0.10s)
=== RUN   TestJoinOther
    join_test.go:40: not here
--- SKIP: TestJoinOther (0.00s)
FAIL
`;
  expect(goTests(output)).toEqual([
    { name: "TestJoin/valid_token", state: "passed", message: "" },
    { name: "TestJoin/no_token", state: "failed", message: "join_test.go:27: failed CmdJoin\nexpected: false" },
    { name: "TestJoinOther", state: "skipped", message: "join_test.go:40: not here" },
  ]);
});

test("tests of Ginkgo have the names of their containers; setup and cleanup only count if they failed", () => {
  const spec = { ContainerHierarchyTexts: ["admin", "role"], LeafNodeType: "It", LeafNodeText: "exists" };
  const suite = { ContainerHierarchyTexts: null, LeafNodeType: "BeforeSuite", LeafNodeText: "" };
  const SpecReports = [
    { ...suite, State: "passed" },
    { ...spec, State: "passed" },
    { ...spec, State: "panicked", Failure: { Message: "a nil map" } },
    { ...spec, State: "skipped", Failure: { Message: "because it is not dual-stack" } },
    { ...spec, State: "pending" },
    { ...suite, State: "failed", Failure: { Message: "no cluster" } },
  ];
  expect(ginkgoTests(JSON.stringify([{ SpecReports }]))).toEqual([
    { name: "admin role exists", state: "passed", message: "" },
    { name: "admin role exists", state: "failed", message: "a nil map" },
    { name: "admin role exists", state: "skipped", message: "because it is not dual-stack" },
    { name: "admin role exists", state: "skipped", message: "" },
    { name: "BeforeSuite", state: "failed", message: "no cluster" },
  ]);
});
