import { existsSync } from "node:fs";
import { parse } from "node:path";
import { fileURLToPath } from "node:url";
import type { Frame } from "../../src/frame.ts";
import { readImage } from "../../src/image/image.ts";
import { fractalNoise } from "../../src/image/noise.ts";
import {
  type FlowLayer,
  type FlowPair,
  flowPair,
  motions,
  spoil,
} from "../../test/helpers/flow-pairs.ts";

export const [height, width] = [540, 960];
const margin = 60;
const project = fileURLToPath(new URL("../..", import.meta.url));
const whole = { width: width + 2 * margin, height: height + 2 * margin };

/** Noise with discs and stripes, whose edges resemble those of a street. */
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

/** Constants are tuned on the tuning pairs, and published figures are of the judging pairs. The sets share no texture or motion. */
export type CaseSet = "tuning" | "judging";

const pictures: Record<CaseSet, readonly string[]> = {
  tuning: ["sky1024px.jpg", "docs/images/stability.jpg"],
  judging: ["golden_gate.jpg", "flowers.jpg", "lion.jpg", "figures.jpg"],
};

/** All textures of a set: the pictures in `folder` or the project, and two procedural ones. */
export async function textures(set: CaseSet, folder: string): Promise<Map<string, Frame>> {
  const all = new Map<string, Frame>();
  for (const picture of pictures[set]) {
    const file = picture.startsWith("docs/") ? `${project}/${picture}` : `${folder}/${picture}`;
    if (existsSync(file)) all.set(parse(file).name, await readImage(file, whole));
  }
  const tuning = set === "tuning";
  all.set("noise", fractalNoise({ seed: tuning ? 12 : 3, scale: tuning ? 5 : 8, ...whole }));
  all.set("drawn", drawn(tuning ? 8 : 5));
  return all;
}

type Shape = (x: number, y: number) => boolean;
type Motion = (x: number, y: number) => readonly [number, number];

const disc =
  (cx: number, cy: number, r: number): Shape =>
  (x, y) =>
    (x - cx) ** 2 + (y - cy) ** 2 < r * r;
const box =
  (left: number, top: number, w: number, h: number): Shape =>
  (x, y) =>
    x >= left && y >= top && x < left + w && y < top + h;
const moved = (texture: Frame, motion: Motion, shape?: Shape): FlowLayer => ({
  texture,
  motion,
  ...(shape ? { shape } : {}),
});

/** The pairs of one texture; `other` is the texture of the object that moves over it. */
export function pairs(set: CaseSet, texture: Frame, other: Frame): [string, FlowPair][] {
  return set === "tuning" ? tuningPairs(texture, other) : judgingPairs(texture, other);
}

const pair = (...layers: readonly FlowLayer[]): FlowPair => flowPair(height, width, margin, layers);

function judgingPairs(texture: Frame, other: Frame): [string, FlowPair][] {
  const one = (motion: Motion): FlowPair => pair({ texture, motion });
  const wave = one(motions.wave(7, height, width));
  const layers = pair(
    moved(texture, motions.translation(-5.3, 1.2)),
    moved(other, motions.translation(11.4, 3.1), disc(300, 260, 130)),
    moved(other, motions.rotation(2, height, width), disc(680, 300, 110)),
  );
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

function tuningPairs(texture: Frame, other: Frame): [string, FlowPair][] {
  const one = (motion: Motion): FlowPair => pair({ texture, motion });
  const wave = one(motions.wave(-5, height, width));
  const slow = pair(
    moved(texture, motions.translation(0.8, -0.4)),
    moved(other, motions.translation(-2.3, 1.1), box(150, 100, 220, 300)),
    moved(other, motions.zoom(1.02, height, width), disc(650, 260, 140)),
  );
  const fast = pair(
    moved(texture, motions.rotation(-0.8, height, width)),
    moved(other, motions.translation(-9.2, 4.7), box(500, 90, 300, 130)),
    moved(other, motions.translation(6.1, -5.2), box(330, 60, 24, 420)),
    moved(other, motions.translation(14.5, 0.6), disc(180, 300, 90)),
  );
  return [
    ["translation 1.6", one(motions.translation(-1.6, 0.7))],
    ["translation 9", one(motions.translation(5.3, -7.4))],
    ["translation 30", one(motions.translation(-26.2, -14.8))],
    ["rotation -2.5°", one(motions.rotation(-2.5, height, width))],
    ["zoom 0.95", one(motions.zoom(0.95, height, width))],
    ["wave", wave],
    ["slow layers", slow],
    ["fast layers", fast],
    ["wave, light, noise", spoil(wave, { gain: 0.9, lift: 0.03, noise: 0.015, seed: 5 })],
    ["slow layers, noise", spoil(slow, { noise: 0.01, seed: 6 })],
  ];
}
