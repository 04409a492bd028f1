/**
 * A float32 tensor in the engine's memory: on its device, or an array in the program's memory. The scope that it is
 * created in owns and disposes it.
 */
export interface DeviceTensor {
  readonly dims: readonly number[];
  /** Its values. Do not modify the array. */
  read(): Promise<Float32Array>;
  /** Release its memory. Repeated calls do nothing. */
  dispose(): void;
}
