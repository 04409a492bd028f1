/** A factor of a dimension, with its length at the exported size and at the probed size. */
export interface Factor {
  readonly exported: number;
  readonly probe: number;
  /** The axis whose length this is; absent if the length is the same in every picture. */
  readonly axis?: { readonly value: string; readonly index: number };
}

/**
 * How a reshape to the dimensions `to` groups `factors`, in memory order. Undefined if it splits a length that
 * depends on the picture's size, or if a length of 1 makes the grouping ambiguous.
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

/** The next factor; of a constant one, only as much as divides `max`. */
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
