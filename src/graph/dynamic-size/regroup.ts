/** A factor of a dimension: of one length when the network was exported, of another in a picture of another size. */
export interface Factor {
  readonly exported: number;
  readonly probe: number;
  /** The axis of a value it is the length of; absent where it is the same in every picture. */
  readonly axis?: { readonly value: string; readonly index: number };
}

/**
 * How a reshape to the dimensions `to` groups `factors`, in the order in which they lie in memory; undefined where it
 * cuts a length apart that depends on the picture's size, or where a length of 1 leaves that open.
 */
export function regroup(
  factors: readonly Factor[],
  to: readonly number[],
): readonly (readonly Factor[])[] | undefined {
  const left = [...factors];
  const groups: Factor[][] = [];
  for (const size of to) {
    const group: Factor[] = [];
    let product = 1;
    while (product < size) {
      const taken = takeFrom(left, size / product);
      if (!taken) return undefined;
      group.push(taken);
      product *= taken.exported;
    }
    if (size === 1 && left[0]?.exported === 1) group.push(left.shift()!);
    groups.push(group);
  }
  if (left.some((factor) => factor.exported !== 1)) return undefined;
  groups.at(-1)?.push(...left);
  return groups;
}

/** The next factor, or of a constant one as much of it as goes into `most`. */
function takeFrom(left: Factor[], max: number): Factor | undefined {
  const next = left.shift();
  if (!next || (next.axis && next.exported === 1)) return undefined;
  if (max % next.exported === 0) return next;
  if (next.axis || next.exported % max !== 0) return undefined;
  left.unshift(fixedFactor(next.exported / max));
  return fixedFactor(max);
}

export function fixedFactor(size: number): Factor {
  return { exported: size, probe: size };
}
