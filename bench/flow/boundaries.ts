import type { FlowField } from "../../src/flow/flow-field.ts";

/** Distance from a motion boundary that counts as near, px. */
const reach = 8;

/** 1 within 8 px, in x and y, of a pixel whose flow differs from a neighbour's by more than 1 px; else 0. */
export function nearBoundaries({ data, height, width }: FlowField): Uint8Array {
  const area = height * width;
  const near = new Uint8Array(area);
  const differ = (i: number, j: number): boolean =>
    Math.hypot(data[i]! - data[j]!, data[i + area]! - data[j + area]!) > 1;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const right = x + 1 < width && differ(i, i + 1);
      if (!right && !(y + 1 < height && differ(i, i + width))) continue;
      for (let j = Math.max(0, y - reach); j <= Math.min(height - 1, y + reach); j++) {
        near.fill(
          1,
          j * width + Math.max(0, x - reach),
          j * width + Math.min(width, x + reach + 1),
        );
      }
    }
  }
  return near;
}

/** Mean endpoint error of the pixels whose `mask` is 1, px; NaN if there are none. */
export function errorAt(mask: Uint8Array, flow: FlowField, truth: FlowField): number {
  const area = mask.length;
  let [sum, count] = [0, 0];
  for (let i = 0; i < area; i++) {
    if (mask[i] === 0) continue;
    sum += Math.hypot(flow.data[i]! - truth.data[i]!, flow.data[i + area]! - truth.data[i + area]!);
    count++;
  }
  return sum / count;
}
