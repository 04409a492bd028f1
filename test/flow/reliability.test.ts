import { afterAll, describe, expect, test } from "vitest";
import { type FlowField, makeFlow } from "../../src/flow/flow-field.ts";
import { addReliability } from "../../src/flow/reliability.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";

const engine = createOrtEngine("cpu");
afterAll(() => engine.dispose());
const [height, width] = [40, 60];

async function reliability(forward: FlowField, backward: FlowField): Promise<Float32Array> {
  const b = new GraphBuilder();
  const dims = [1, 2, height, width];
  const out = addReliability(b, b.input("f", dims), b.input("b", dims), height, width);
  b.output(out, [1, 1, height, width]);
  const session = await engine.load(b.build());
  const result = await session.run({
    f: { type: "float32", dims, data: forward.data },
    b: { type: "float32", dims, data: backward.data },
  });
  return result[out]!.data as Float32Array;
}

const uniform = (u: number, v: number): FlowField => makeFlow(height, width, () => [u, v]);

describe("reliability of flow", () => {
  test("is 1 where forward and backward flow cancel, and 0 where the flow leaves the picture", async () => {
    const reliable = await reliability(uniform(-10, 0), uniform(10, 0));
    expect(reliable[20 * width + 20]).toBeCloseTo(1, 5);
    expect(reliable[20 * width + 55]).toBe(0);
  });

  test.each([
    [0.5, 1],
    [1, 0],
    [3, 0],
  ])("for a round-trip error of %s px is %s", async (miss, expected) => {
    const reliable = await reliability(uniform(-2, 0), uniform(2 + miss, 0));
    expect(reliable[20 * width + 20]).toBeCloseTo(expected, 1);
  });

  test("allows a larger error for fast motion than for slow motion", async () => {
    const fast = await reliability(uniform(-15, 0), uniform(16, 0));
    const slow = await reliability(uniform(-1, 0), uniform(2, 0));
    expect(fast[20 * width + 20]).toBeGreaterThan(slow[20 * width + 20]! + 0.5);
  });

  test("is 0 at a motion boundary and 1 beside it", async () => {
    const step = (sign: number): FlowField =>
      makeFlow(height, width, (x) => [x < 30 ? 0 : 4 * sign, 0]);
    const reliable = await reliability(step(-1), step(1));
    expect(reliable[20 * width + 30]).toBeLessThan(0.1);
    expect(reliable[20 * width + 15]).toBeCloseTo(1, 5);
    expect(reliable[20 * width + 45]).toBeCloseTo(1, 5);
  });

  test("stays high in the slow centre of a zoom", async () => {
    const zoom = (rate: number): FlowField =>
      makeFlow(height, width, (x, y) => [rate * (x - 30), rate * (y - 20)]);
    const reliable = await reliability(zoom(0.04), zoom(-0.04 / 1.04));
    expect(reliable[20 * width + 30]).toBeGreaterThan(0.9);
  });
});
