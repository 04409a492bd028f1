/** Numbers one after the other, in as little memory as an array of known length. */
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

  /** What has been pushed so far. */
  values(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }
}
