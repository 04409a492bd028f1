import { type FlowField, makeFlow } from "../../src/flow/flow-field.ts";
import { createFrame, type Frame } from "../../src/frame.ts";

type Motion = (x: number, y: number) => readonly [number, number];

/** An object in the scene, drawn where `shape` is true (in the second picture) and moved by `motion`. */
export interface FlowLayer {
  readonly texture: Frame;
  readonly motion: Motion;
  readonly shape?: (x: number, y: number) => boolean;
}

export interface FlowPair {
  readonly first: Frame;
  readonly second: Frame;
  readonly truth: FlowField;
}

/**
 * Two pictures with exact flow from the first to the second. The second picture consists of the layers' textures,
 * later ones in front; each pixel of the first is sampled at the end of its motion. Textures must exceed the picture
 * by `margin` px on each side.
 */
export function flowPair(
  height: number,
  width: number,
  margin: number,
  layers: readonly FlowLayer[],
): FlowPair {
  const first = createFrame(height, width);
  const second = createFrame(height, width);
  const front = (x: number, y: number, moved: boolean): [FlowLayer, number, number] => {
    for (let i = layers.length - 1; i > 0; i--) {
      const layer = layers[i]!;
      const [u, v] = moved ? layer.motion(x, y) : [0, 0];
      if (layer.shape!(x + u, y + v)) return [layer, x + u, y + v];
    }
    const [u, v] = moved ? layers[0]!.motion(x, y) : [0, 0];
    return [layers[0]!, x + u, y + v];
  };
  const truth = makeFlow(height, width, (x, y) => {
    const [layer, tx, ty] = front(x, y, true);
    put(first, x, y, layer.texture, tx + margin, ty + margin);
    const [still, sx, sy] = front(x, y, false);
    put(second, x, y, still.texture, sx + margin, sy + margin);
    return [tx - x, ty - y];
  });
  return { first, second, truth };
}

/** Add Gaussian noise, and a change of light to the second picture. */
export function spoil(
  { first, second, truth }: FlowPair,
  options: { noise?: number; gain?: number; lift?: number; seed: number },
): FlowPair {
  const { noise = 0, gain = 1, lift = 0 } = options;
  const random = gaussian(options.seed);
  const change = (frame: Frame, k: number, c: number): Frame => ({
    ...frame,
    data: frame.data.map((v) => Math.min(1, Math.max(0, v * k + c + noise * random()))),
  });
  return { first: change(first, 1, 0), second: change(second, gain, lift), truth };
}

function gaussian(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 1) / 4294967297;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Catmull–Rom sampling. */
function put(to: Frame, x: number, y: number, from: Frame, tx: number, ty: number): void {
  const [x0, y0] = [Math.floor(tx), Math.floor(ty)];
  const [wx, wy] = [cubic(tx - x0), cubic(ty - y0)];
  for (let c = 0; c < 3; c++) {
    let sum = 0;
    for (let j = 0; j < 4; j++) {
      const row = c * from.height * from.width + clamp(y0 + j - 1, from.height) * from.width;
      for (let i = 0; i < 4; i++) {
        sum += from.data[row + clamp(x0 + i - 1, from.width)]! * wx[i]! * wy[j]!;
      }
    }
    to.data[c * to.height * to.width + y * to.width + x] = Math.min(1, Math.max(0, sum));
  }
}

function clamp(i: number, length: number): number {
  return Math.min(length - 1, Math.max(0, i));
}

function cubic(t: number): [number, number, number, number] {
  return [
    ((2 - t) * t - 1) * t * 0.5,
    ((3 * t - 5) * t * t + 2) * 0.5,
    ((4 - 3 * t) * t + 1) * t * 0.5,
    (t - 1) * t * t * 0.5,
  ];
}

/** The motions of the benchmarks and the tests, for a picture of `height` × `width` px. */
export const motions = {
  translation:
    (u: number, v: number): Motion =>
    () => [u, v],
  rotation: (deg: number, height: number, width: number): Motion => {
    const [c, s] = [Math.cos((deg * Math.PI) / 180), Math.sin((deg * Math.PI) / 180)];
    return (x, y) => {
      const [dx, dy] = [x - width / 2, y - height / 2];
      return [c * dx - s * dy - dx, s * dx + c * dy - dy];
    };
  },
  zoom:
    (factor: number, height: number, width: number): Motion =>
    (x, y) => [(factor - 1) * (x - width / 2), (factor - 1) * (y - height / 2)],
  wave:
    (size: number, height: number, width: number): Motion =>
    (x, y) => [
      size * Math.sin((2 * Math.PI * y) / height) + size * 0.4 * Math.cos((5 * x) / width),
      size * 0.7 * Math.cos((2 * Math.PI * x) / width + (3 * y) / height),
    ],
};
