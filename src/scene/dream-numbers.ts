import type { Range } from "./values.ts";

interface DreamNumberRow {
  readonly range: Range;
  /** In degrees; a scene may also write 6deg or 0.1turn. */
  readonly isAngle?: true;
  readonly meaning: string;
}

/** Numbers under `dream` that apply to all octaves. Schema, timeline and frame parameters derive from this table. */
export const dreamNumberTable = {
  octaves: {
    range: { min: 1, max: 20 },
    meaning: "Number of sizes the picture is dreamed at.",
  },
  octaveScale: { range: { min: 1.05, max: 4 }, meaning: "Ratio of one size to the next." },
  stepSize: {
    range: { min: 0, max: 255 },
    meaning:
      "Strength of the dream: length of a step in 1/255 of full range. Default: the network's, or 1.25 with feedback; over moving sources times ((1 - feedback.amount) / 0.3)^1.5, at most 1.",
  },
  jitter: {
    range: { min: 0, max: 512 },
    meaning: "Pixels by which the picture is moved at random each step.",
  },
  scaleJitter: {
    range: { min: 0, max: 0.5 },
    meaning:
      "Share by which what the network sees is scaled at random each step, up or down. Default 0.",
  },
  rotateJitter: {
    range: { min: 0, max: 180 },
    isAngle: true,
    meaning:
      "Angle by which what the network sees is turned at random each step, either way. Default 0.",
  },
  smoothing: {
    range: { min: 0, max: 50 },
    meaning: "Gaussian sigma in px on the gradient; 0 is off.",
  },
  laplacian: {
    range: { min: 0, max: 10 },
    meaning: "Levels of Laplacian-pyramid normalisation of the gradient; 0 is off.",
  },
  totalVariation: {
    range: { min: 0, max: 1 },
    meaning:
      "Share by which each pixel moves towards the mean of its neighbours in each step; reduces grain.",
  },
  l2: {
    range: { min: 0, max: 1 },
    meaning: "Share by which each pixel moves towards mid-grey in each step; reduces glare.",
  },
} as const satisfies Record<string, DreamNumberRow>;

export type DreamNumber = keyof typeof dreamNumberTable;

export const dreamNumbers = Object.keys(dreamNumberTable) as readonly DreamNumber[];

/** One value for each number, made from its row of the table. */
export function mapDreamNumbers<T>(
  make: (row: DreamNumberRow, name: DreamNumber) => T,
): Record<DreamNumber, T> {
  return Object.fromEntries(
    dreamNumbers.map((name) => [name, make(dreamNumberTable[name], name)]),
  ) as Record<DreamNumber, T>;
}
