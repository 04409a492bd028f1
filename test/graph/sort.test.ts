import { expect, test } from "vitest";
import type { Node } from "../../src/graph/graph.ts";
import { sortNodes } from "../../src/graph/sort.ts";

function node(output: string, ...inputs: string[]): Node {
  return { op: "Sum", name: output, inputs, outputs: [output], attributes: {} };
}

test("sorts producers before consumers and otherwise keeps the order", () => {
  const nodes = [node("c", "b", "a"), node("a", "x"), node("b", "a"), node("d", "x")];
  expect(sortNodes(nodes).map(({ name }) => name)).toEqual(["a", "b", "c", "d"]);
});

test("sorts chains longer than the call stack", () => {
  const chain = Array.from({ length: 50_000 }, (_, i) => node(`v${i}`, `v${i + 1}`));
  expect(sortNodes(chain)[0]!.name).toBe("v49999");
});

test.each([
  ["itself", [node("a", "a")]],
  ["a value that depends on it", [node("a", "b"), node("b", "c"), node("c", "b")]],
])("refuses a value computed from %s", (_, nodes) => {
  expect(() => sortNodes(nodes)).toThrow(expect.objectContaining({ code: "MODEL_INVALID" }));
});
