import { lightToPq, pqToLight, referenceWhite } from "./transfer.ts";

/**
 * Light of an HDR display, 1 at reference white, as light of an SDR display, 0..1: dark and middle tones stay, bright ones
 * are rolled off up to `peak` in cd/m², at least that of reference white. Source: ITU-R BT.2390, section 5.4.1 (EETF).
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
