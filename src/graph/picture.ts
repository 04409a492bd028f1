/** Whether channels come last, as in TensorFlow. */
export function isChannelsLast(dims: readonly (number | string)[]): boolean {
  return dims.length === 4 && dims[1] !== 3 && dims[3] === 3;
}

/** Height and width of a picture input. */
export function spatialDims<T extends number | string>(dims: readonly T[]): readonly T[] {
  return isChannelsLast(dims) ? dims.slice(1, 3) : dims.slice(2);
}
