/**
 * Gradient checks: `backward()` is compared with central differences of the same graph on the CPU, and with
 * TensorFlow.js's gradient of the forward graph. The loss is Σ cotangent·output over all outputs, summed in float64
 * from float32 outputs.
 */
import { afterAll, expect } from "vitest";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { type FloatTensor, floatTensor, type Graph } from "../../../src/graph/graph.ts";
import { specialise } from "../../../src/graph/passes/specialise.ts";
import { inferShapes } from "../../../src/graph/shapes/infer-shapes.ts";
import { backward } from "../../../src/graph/vjp/backward.ts";
import type { Session } from "../../../src/runtime/engine.ts";
import { createOrtEngine } from "../../../src/runtime/ort/engine.ts";
import { tfjsGradient } from "../../helpers/tfjs-gradient.ts";

const engine = createOrtEngine("cpu");
afterAll(() => engine.dispose());

/** Seeded uniform random numbers 0..1 (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A tensor of random numbers low..high. */
export function randomTensor(
  dims: readonly number[],
  seed: number,
  low = -1,
  high = 1,
): FloatTensor {
  const next = random(seed);
  const tensor = floatTensor(dims);
  return { ...tensor, data: tensor.data.map(() => low + (high - low) * next()) };
}

/**
 * Distinct, evenly spaced numbers low..high in random order. No two numbers are close to a tie, and with low = −high
 * none is close to zero, so that differences do not cross the kinks of Relu and MaxPool.
 */
export function spread(
  dims: readonly number[],
  seed: number,
  low: number,
  high: number,
): FloatTensor {
  const next = random(seed);
  const tensor = floatTensor(dims);
  const { data } = tensor;
  for (let i = 0; i < data.length; i++) data[i] = low + ((high - low) * (i + 0.5)) / data.length;
  for (let i = data.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [data[i], data[j]] = [data[j]!, data[i]!];
  }
  return tensor;
}

/** A graph with the single input `x`; `build` returns the names of its outputs. */
export function graphOf(
  dims: readonly number[],
  build: (b: GraphBuilder, x: string) => string | readonly string[],
): Graph {
  const b = new GraphBuilder();
  const outputs = [build(b, b.input("x", dims))].flat();
  const shapes = inferShapes(b.build(), {});
  for (const name of outputs) b.output(name, shapes.get(name)!);
  return b.build();
}

/** Load `graph`, call `use` with the session, and dispose it. */
export async function withSession<T>(
  graph: Graph,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await engine.load(graph);
  try {
    return await use(session);
  } finally {
    await session.dispose();
  }
}

/** The graph of d(Σ seed·output)/dx with constant seeds; its output is `gradient`. */
export function gradientOf(graph: Graph, cotangents: ReadonlyMap<string, FloatTensor>): Graph {
  const { graph: special, shapes } = specialise(graph, {});
  const b = new GraphBuilder({ ...special, outputs: [] });
  const seeds = new Map([...cotangents].map(([name, c]) => [name, b.constant(c, "seed")]));
  const result = backward(b, special, shapes, seeds, "x");
  b.output(b.op("Identity", [result], {}, "gradient"), graph.inputs[0]!.dims);
  return b.build();
}

/** d(Σ cotangent·output)/dx at `x`. */
export function gradientAt(
  graph: Graph,
  x: FloatTensor,
  cotangents: ReadonlyMap<string, FloatTensor>,
): Promise<FloatTensor> {
  return withSession(gradientOf(graph, cotangents), async (session) => {
    const { gradient } = await session.run({ x });
    return gradient as FloatTensor;
  });
}

/** Random cotangents for every output of `graph`. */
export function randomCotangents(graph: Graph, seed: number): Map<string, FloatTensor> {
  return new Map(
    graph.outputs.map(({ name, dims }, i) => [
      name,
      randomTensor(dims as readonly number[], seed * 31 + i),
    ]),
  );
}

/** Σ cotangent·output at `x`. */
async function lossAt(
  session: Session,
  x: FloatTensor,
  cotangents: ReadonlyMap<string, FloatTensor>,
): Promise<number> {
  const results = await session.run({ x });
  let loss = 0;
  for (const [name, c] of cotangents) {
    const y = results[name]!.data as Float32Array;
    for (let i = 0; i < y.length; i++) loss += c.data[i]! * y[i]!;
  }
  return loss;
}

export interface CheckOptions {
  readonly seed?: number;
  /** The input values are evenly spaced in this range. */
  readonly range?: readonly [number, number];
  /** Maximum error, relative to the largest element of the gradient. */
  readonly tolerance?: number;
}

/**
 * Compare every element of the gradient with a central difference. The step is a fifth of the distance between
 * neighbouring input values, so that it crosses no kink of a pool, or of an activation at zero.
 */
export async function checkEveryElement(graph: Graph, options: CheckOptions = {}): Promise<void> {
  const { seed = 1, range: [low, high] = [-1, 1], tolerance = 1e-3 } = options;
  const dims = graph.inputs[0]!.dims as readonly number[];
  const x = spread(dims, seed, low, high);
  const cotangents = randomCotangents(graph, seed);
  const gradient = await gradientAt(graph, x, cotangents);
  expect(gradient.dims).toEqual(dims);
  await checkSecondOpinion(graph, x, cotangents, gradient);
  const step = (high - low) / x.data.length / 5;
  const numeric = await withSession(graph, async (session) => {
    const values: number[] = [];
    for (let i = 0; i < x.data.length; i++) {
      const up = { ...x, data: x.data.with(i, x.data[i]! + step) };
      const down = { ...x, data: x.data.with(i, x.data[i]! - step) };
      // The step after rounding to float32.
      const taken = up.data[i]! - down.data[i]!;
      const rise =
        (await lossAt(session, up, cotangents)) - (await lossAt(session, down, cotangents));
      values.push(rise / taken);
    }
    return values;
  });
  const scale = Math.max(...numeric.map(Math.abs));
  expect(scale, "the loss must depend on the input").toBeGreaterThan(1e-3);
  const errors = numeric.map((value, i) => Math.abs(value - gradient.data[i]!) / scale);
  const worst = errors.indexOf(Math.max(...errors));
  expect(
    errors[worst],
    `element ${worst} of [${dims}]: ${gradient.data[worst]} instead of ${numeric[worst]}`,
  ).toBeLessThan(tolerance);
}

/** Compare with TensorFlow.js's own gradient of the forward graph; both agree up to rounding. */
async function checkSecondOpinion(
  graph: Graph,
  x: FloatTensor,
  cotangents: ReadonlyMap<string, FloatTensor>,
  gradient: FloatTensor,
): Promise<void> {
  // The engine tfjs has no convolution over three axes, because pictures have two and wasm has no kernel for it.
  if (graph.nodes.some(({ op }) => op === "Conv") && x.dims.length === 5) return;
  const theirs = await tfjsGradient(specialise(graph, {}).graph, { x }, "x", cotangents);
  expect(theirs.dims).toEqual(gradient.dims);
  const scale = Math.max(...theirs.data.map(Math.abs));
  const errors = theirs.data.map((value, i) => Math.abs(value - gradient.data[i]!) / scale);
  const worst = errors.indexOf(Math.max(...errors));
  expect(
    errors[worst],
    `element ${worst}: ${gradient.data[worst]}, but ${theirs.data[worst]} by TensorFlow.js`,
  ).toBeLessThan(2e-5);
}

export interface DirectionOptions extends CheckOptions {
  readonly directions?: number;
  readonly step?: number;
}

/**
 * Compare directional derivatives along random directions, for graphs too large for a check of every element. Errors
 * are relative to the length of the gradient, the expected magnitude of such a derivative. The default step balances
 * rounding errors (larger for small steps) and crossed kinks (more for large steps).
 */
export async function checkDirections(
  graph: Graph,
  x: FloatTensor,
  options: DirectionOptions = {},
): Promise<void> {
  const { seed = 1, directions = 8, step = 1e-4, tolerance = 1e-2 } = options;
  const cotangents = randomCotangents(graph, seed);
  const gradient = await gradientAt(graph, x, cotangents);
  const length = Math.hypot(...gradient.data);
  expect(length).toBeGreaterThan(1e-3);
  await checkSecondOpinion(graph, x, cotangents, gradient);
  await withSession(graph, async (session) => {
    for (let k = 0; k < directions; k++) {
      const next = random(seed * 101 + k);
      const direction = Float32Array.from(x.data, () => (next() < 0.5 ? -1 : 1));
      const at = (sign: number): Promise<number> =>
        lossAt(
          session,
          { ...x, data: x.data.map((v, i) => v + sign * step * direction[i]!) },
          cotangents,
        );
      const numeric = ((await at(1)) - (await at(-1))) / (2 * step);
      const exact = gradient.data.reduce((sum, g, i) => sum + g * direction[i]!, 0);
      expect(
        Math.abs(numeric - exact) / length,
        `direction ${k}: ${exact} instead of ${numeric}`,
      ).toBeLessThan(tolerance);
    }
  });
}
