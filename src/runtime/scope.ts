import type { DeviceTensor } from "./device-tensor.ts";

/**
 * Owns the tensors that one piece of work makes on a device, and disposes them when the work ends, however it ends.
 * What a function takes it borrows; what it makes belongs to the scope it was given.
 */
export class Scope {
  readonly #owned = new Set<DeviceTensor>();

  /** Take over `tensor`. */
  own<T extends DeviceTensor>(tensor: T): T {
    this.#owned.add(tensor);
    return tensor;
  }

  /** Let go of `tensor`, for another owner. Returns whether it belonged to this scope. */
  release(tensor: DeviceTensor): boolean {
    return this.#owned.delete(tensor);
  }

  /** Dispose `tensor` before the work ends; one that belongs to somebody else is left alone. */
  drop(tensor: DeviceTensor): void {
    if (this.release(tensor)) tensor.dispose();
  }

  /** Do `work` in a scope of its own; only what it returns outlives it, and belongs to this one. */
  async within<T extends DeviceTensor>(work: (inner: Scope) => Promise<T>): Promise<T> {
    return scoped(async (inner) => {
      const result = await work(inner);
      if (inner.release(result)) this.own(result);
      return result;
    });
  }

  /** Dispose all that is left. */
  dispose(): void {
    for (const tensor of this.#owned) tensor.dispose();
    this.#owned.clear();
  }
}

/** Do `work` in a scope that ends with it: nothing that it returns may still be on a device. */
export async function scoped<T>(work: (scope: Scope) => Promise<T>): Promise<T> {
  const scope = new Scope();
  try {
    return await work(scope);
  } finally {
    scope.dispose();
  }
}
