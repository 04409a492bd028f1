import { lightToPq, pqToLight, referenceWhite } from "./transfer.ts";

/**
 * Map linear light of an HDR display, 1 at reference white, to 0..1 for an SDR display. Dark and middle tones are kept;
 * bright tones are compressed up to `peak`, cd/m², which must be at least reference white.
 * Source: ITU-R BT.2390, section 5.4.1 (EETF).
 */
export function toneMap(light: number, peak: number): number {
  const whole = lightToPq(peak);
  const target = lightToPq(referenceWhite) / whole;
  const signal = Math.min(1, lightToPq(light * referenceWhite) / whole);
  const knee = 1.5 * target - 0.5;
  if (signal <= knee) return light;
  const t = (signal - knee) / (1 - knee);
  const [t2, t3] = [t * t, t * t * t];
  const mapped =
    (2 * t3 - 3 * t2 + 1) * knee + (t3 - 2 * t2 + t) * (1 - knee) + (3 * t2 - 2 * t3) * target;
  return Math.min(1, pqToLight(mapped * whole) / referenceWhite);
}
