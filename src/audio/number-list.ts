/** A growing list of numbers in a typed array, which takes less memory than a plain array. */
export class NumberList {
  #values = new Float64Array(1024);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const longer = new Float64Array(2 * this.#length);
      longer.set(this.#values);
      this.#values = longer;
    }
    this.#values[this.#length++] = value;
  }

  /** The numbers pushed so far, as a view that the next push may make stale. */
  values(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }
}
