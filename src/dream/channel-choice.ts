/** Channels selected by their activation: `layer:strongest-8`, `layer:weakest-8`, `layer:random-8`. */
import { DreamError } from "../errors.ts";
import { createRandom } from "./random.ts";

export const channelOrders = ["strongest", "weakest", "random"] as const;
export type ChannelOrder = (typeof channelOrders)[number];

export interface ChannelChoice {
  /** The layer as the user names it. */
  readonly layer: string;
  /** The graph's value. */
  readonly value: string;
  readonly order: ChannelOrder;
  /** Number of channels to choose, from 1 to `channels`. */
  readonly count: number;
  /** Number of channels of the layer. */
  readonly channels: number;
}

const form = new RegExp(`^(.+):(${channelOrders.join("|")})-(.*)$`);

/** Layer, order and the text of the count in a name such as `layer:strongest-8`; undefined for other names. */
export function parseChoice(
  key: string,
): { readonly layer: string; readonly order: ChannelOrder; readonly count: string } | undefined {
  const [, layer, order, count] = form.exec(key) ?? [];
  return layer === undefined ? undefined : { layer, order: order as ChannelOrder, count: count! };
}

/** The count of a choice. Throws `SCENE_UNKNOWN_LAYER` if it is not a whole number from 1 to `channels`. */
export function countOf(layer: string, count: string, channels: number): number {
  if (/^\d+$/.test(count) && Number(count) >= 1 && Number(count) <= channels) return Number(count);
  throw new DreamError(
    "SCENE_UNKNOWN_LAYER",
    `"${count}" is not a number of channels of layer "${layer}"`,
    { hint: `Give a whole number from 1 to ${channels}.` },
  );
}

/**
 * The channels of a choice, in ascending order. `energies` has the mean squared activation of each channel, which `random`
 * does not use. Of equal channels, those with lower numbers are selected first.
 */
export function chooseChannels(
  { order, count, channels }: Pick<ChannelChoice, "order" | "count" | "channels">,
  energies: ArrayLike<number>,
  seed: number,
): number[] {
  const all = Array.from({ length: channels }, (_, i) => i);
  if (order === "random") shuffle(all, createRandom(seed));
  else {
    const sign = order === "strongest" ? -1 : 1;
    all.sort((a, b) => sign * (energies[a]! - energies[b]!) || a - b);
  }
  return all.slice(0, count).sort((a, b) => a - b);
}

/** Mean of the squares of each channel of `data`, `[1, channels, …]`; values that are not finite count as 0. */
export function channelEnergies(data: Float32Array, channels: number): Float64Array {
  const places = data.length / channels;
  return Float64Array.from({ length: channels }, (_, c) => {
    let sum = 0;
    for (let i = c * places; i < (c + 1) * places; i++) {
      const value = data[i]!;
      if (Number.isFinite(value)) sum += value * value;
    }
    return sum / places;
  });
}

/** Source: Fisher and Yates, as in Durstenfeld 1964. */
function shuffle(list: number[], random: () => number): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
}
