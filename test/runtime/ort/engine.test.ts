import { afterAll, describe, expect, test } from "vitest";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { floatTensor, type Graph, intTensor } from "../../../src/graph/graph.ts";
import { engineTitle } from "../../../src/runtime/engine.ts";
import { createOrtEngine } from "../../../src/runtime/ort/engine.ts";
import { selectEngine } from "../../../src/runtime/select/select-engine.ts";

const engines = [createOrtEngine("cpu"), createOrtEngine("cpu", { worker: true })] as const;
afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));

function doubler(): Graph {
  const b = new GraphBuilder();
  const x = b.input("x", [2, "n"]);
  b.output(b.op("Add", [x, x], {}, "y"), [2, "n"]);
  return b.build();
}

/** A graph that expands ones to a given shape. */
function expander(): Graph {
  const b = new GraphBuilder();
  const ones = b.op("Expand", [b.scalar(1), b.input("shape", [1], "int64")], {}, "y");
  b.output(ones, ["n"]);
  return b.build();
}

describe.each([
  ["on this thread", engines[0]],
  ["in a worker thread", engines[1]],
])("a session %s", (_, engine) => {
  test("runs repeatedly", async () => {
    const session = await engine.load(doubler());
    for (const n of [1, 3]) {
      const x = floatTensor([2, n], new Array(2 * n).fill(1.5));
      expect((await session.run({ x })).y).toEqual(floatTensor([2, n], new Array(2 * n).fill(3)));
      // The fed data is still intact.
      expect(x.data).toEqual(new Float32Array(2 * n).fill(1.5));
    }
    await session.dispose();
    await session.dispose();
  });

  test.each([
    [
      "with another shape",
      { x: floatTensor([3, 1]) },
      /must be float32 \[2, n\], got float32 \[3, 1\]/,
    ],
    ["that is missing", {}, /got nothing/],
    [
      "with another type",
      { x: { type: "int32" as const, dims: [2, 1], data: new Int32Array(2) } },
      /got int32/,
    ],
  ])("refuses an input %s and reports both", async (__, feeds, message) => {
    const session = await engine.load(doubler());
    await expect(session.run(feeds as never)).rejects.toMatchObject({
      code: "SHAPE_MISMATCH",
      message: expect.stringMatching(message),
    });
  });

  test("reports the runtime's message for a graph that it refuses", async () => {
    const b = new GraphBuilder();
    b.output(b.op("NoSuchOp", [b.input("x", [1])], {}, "y"), [1]);
    await expect(engine.load(b.build())).rejects.toMatchObject({
      code: "INTERNAL",
      message: expect.stringMatching(/NoSuchOp/),
    });
  });

  test("reports a lack of memory, and other sessions continue", async () => {
    const session = await engine.load(expander());
    const huge = { shape: intTensor([2 ** 45]) };
    await expect(session.run(huge)).rejects.toMatchObject({ code: "TOO_LARGE" });
    const { y } = await session.run({ shape: intTensor([3]) });
    expect(y).toEqual(floatTensor([3], [1, 1, 1]));
  });
});

describe("choosing an engine", () => {
  test("selects the CPU for auto and cpu", async () => {
    for (const name of ["auto", "cpu"] as const) {
      const chosen = await selectEngine(name);
      expect(chosen.name).toBe("cpu");
      await chosen.dispose();
    }
  });

  test("selects TensorFlow.js for tfjs and names its backend", async () => {
    const chosen = await selectEngine("tfjs");
    expect(engineTitle(chosen)).toBe("tfjs (wasm)");
    await chosen.dispose();
  });
});
