/**
 * A float32 tensor where the engine keeps it: in the memory of its device, or simply an array. It belongs to the
 * scope it was made in, which disposes it.
 */
export interface DeviceTensor {
  readonly dims: readonly number[];
  /** Its values, not to be changed. */
  read(): Promise<Float32Array>;
  /** Give its memory back; a second time does nothing. */
  dispose(): void;
}
