import { existsSync } from "node:fs";
import type { Frame } from "../../src/frame.ts";
import { readImage } from "../../src/video/image.ts";
import { fractalNoise } from "../../src/video/noise.ts";
import { type FlowPair, flowPair, motions, spoil } from "../../test/helpers/flow-pairs.ts";

export const [height, width] = [540, 960];
const margin = 60;
const whole = { width: width + 2 * margin, height: height + 2 * margin };
const photos = ["golden_gate.jpg", "flowers.jpg", "lion.jpg", "figures.jpg"];

/** Noise with drawn edges: discs and stripes, as a street has. */
function drawn(seed: number): Frame {
  const base = fractalNoise({ seed, scale: 6, ...whole });
  const { data, width: w, height: h } = base;
  for (let k = 0; k < 60; k++) {
    const [cx, cy] = [((k * 617 + seed * 91) % w) | 0, ((k * 389 + seed * 37) % h) | 0];
    const r = 8 + ((k * 53) % 40);
    for (let y = Math.max(0, cy - r); y < Math.min(h, cy + r); y++) {
      for (let x = Math.max(0, cx - r); x < Math.min(w, cx + r); x++) {
        if ((x - cx) ** 2 + (y - cy) ** 2 > r * r) continue;
        for (let c = 0; c < 3; c++) {
          const i = (c * h + y) * w + x;
          data[i] = 0.4 * data[i]! + 0.6 * (((k * (c + 3) * 29) % 100) / 100);
        }
      }
    }
  }
  return base;
}

/** Every texture: the photos there are, and three procedural ones. */
export async function textures(folder: string): Promise<Map<string, Frame>> {
  const all = new Map<string, Frame>();
  for (const photo of photos) {
    const file = `${folder}/${photo}`;
    if (existsSync(file)) all.set(photo.replace(".jpg", ""), await readImage(file, whole));
  }
  all.set("noise", fractalNoise({ seed: 3, scale: 8, ...whole }));
  all.set("drawn", drawn(5));
  return all;
}

/** The pairs of one texture; `other` is what moves over it. */
export function pairs(texture: Frame, other: Frame): [string, FlowPair][] {
  const one = (motion: (x: number, y: number) => readonly [number, number]): FlowPair =>
    flowPair(height, width, margin, [{ texture, motion }]);
  const disc = (cx: number, cy: number, r: number) => (x: number, y: number) =>
    (x - cx) ** 2 + (y - cy) ** 2 < r * r;
  const wave = one(motions.wave(7, height, width));
  const layers = flowPair(height, width, margin, [
    { texture, motion: motions.translation(-5.3, 1.2) },
    { texture: other, motion: motions.translation(11.4, 3.1), shape: disc(300, 260, 130) },
    { texture: other, motion: motions.rotation(2, height, width), shape: disc(680, 300, 110) },
  ]);
  return [
    ["translation 3.4", one(motions.translation(3.4, -1.7))],
    ["translation 15", one(motions.translation(-13.6, 6.2))],
    ["translation 40", one(motions.translation(37.5, 13.3))],
    ["rotation 4°", one(motions.rotation(4, height, width))],
    ["zoom 1.06", one(motions.zoom(1.06, height, width))],
    ["wave", wave],
    ["layers", layers],
    ["wave, noise", spoil(wave, { noise: 0.03, seed: 1 })],
    ["wave, light", spoil(wave, { gain: 1.15, lift: 0.05, noise: 0.01, seed: 2 })],
    ["layers, noise, light", spoil(layers, { gain: 0.85, lift: 0.02, noise: 0.02, seed: 3 })],
  ];
}
