import { anyNumber, type Range } from "./values.ts";

/** Ranges of animatable parameters, also checked on every frame. */
export const ranges = {
  weight: { min: -1000, max: 1000 },
  iterations: { min: 0, max: 1000 },
  zoom: { min: 0.01, max: 100 },
  rotate: anyNumber,
  fov: { min: 1, max: 170 },
  pan: { min: -100, max: 100 },
  center: { min: -10, max: 10 },
  share: { min: 0, max: 1 },
  sharpen: { min: 0, max: 20 },
  saturation: { min: 0, max: 4 },
} as const satisfies Record<string, Range>;
