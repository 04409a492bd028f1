import type { DeviceTensor } from "./device-tensor.ts";

/**
 * Owns the tensors that an operation creates on a device and disposes them when the operation ends, also on errors.
 * Functions borrow their arguments; the tensors that they create belong to the scope that they are given.
 */
export class Scope {
  readonly #owned = new Set<DeviceTensor>();

  /** Take ownership of `tensor`. */
  own<T extends DeviceTensor>(tensor: T): T {
    this.#owned.add(tensor);
    return tensor;
  }

  /** Give up ownership of `tensor`. Returns whether this scope owned it. */
  release(tensor: DeviceTensor): boolean {
    return this.#owned.delete(tensor);
  }

  /** Dispose `tensor` early, if this scope owns it. */
  drop(tensor: DeviceTensor): void {
    if (this.release(tensor)) tensor.dispose();
  }

  /** Run `work` in an inner scope. The tensor that it returns moves to this scope; all others are disposed. */
  async within<T extends DeviceTensor>(work: (inner: Scope) => Promise<T>): Promise<T> {
    return scoped(async (inner) => {
      const result = await work(inner);
      if (inner.release(result)) this.own(result);
      return result;
    });
  }

  /** Dispose all tensors that it owns. */
  dispose(): void {
    for (const tensor of this.#owned) tensor.dispose();
    this.#owned.clear();
  }
}

/** Run `work` in a scope that ends with it: its result must not contain device tensors. */
export async function scoped<T>(work: (scope: Scope) => Promise<T>): Promise<T> {
  const scope = new Scope();
  try {
    return await work(scope);
  } finally {
    scope.dispose();
  }
}
