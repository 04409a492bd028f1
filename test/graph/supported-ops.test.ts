import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loweredOps } from "../../src/graph/passes/lower.ts";
import { shapeRules } from "../../src/graph/shapes/shape-rules.ts";
import { vjpRules } from "../../src/graph/vjp/rules.ts";

test("ARCHITECTURE.md lists exactly the ops that can be differentiated", async () => {
  const text = await readFile(join(import.meta.dirname, "../../ARCHITECTURE.md"), "utf8");
  const section = text.slice(text.indexOf("Backward:"), text.indexOf("An op without a rule"));
  const words = section.replace(/Backward:|Written as.*?:/gs, "").match(/[A-Z]\w+/g);
  expect(words?.sort()).toEqual([...Object.keys(vjpRules), ...loweredOps].sort());
});

test("every op with a gradient has a shape rule", () => {
  for (const op of [...Object.keys(vjpRules), ...loweredOps]) expect(shapeRules).toHaveProperty(op);
});
