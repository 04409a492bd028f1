/** Paces the edits of a drag: at once where they are quick, else the newest one after a pause, so that dragging stays smooth. */
export class Pace {
  readonly #restMs: number | undefined;
  #end = 0;
  #cost = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #next: (() => void) | undefined;

  /** With `restMs`, edits that are not quick wait until the drag rests so long. */
  constructor(restMs?: number) {
    this.#restMs = restMs;
  }

  run(edit: () => void): void {
    this.#next = edit;
    clearTimeout(this.#timer);
    // As much time is left to drawing as edits take, twice.
    const paced = this.#end + (this.#cost < 6 ? 0 : 2 * this.#cost) - performance.now();
    const wait = this.#cost < 6 ? paced : (this.#restMs ?? paced);
    if (wait <= 0) this.flush();
    else this.#timer = setTimeout(() => this.flush(), wait);
  }

  /** Run what still waits. */
  flush(): void {
    clearTimeout(this.#timer);
    const edit = this.#next;
    this.#next = undefined;
    if (!edit) return;
    const start = performance.now();
    edit();
    this.#end = performance.now();
    this.#cost = this.#end - start;
  }
}
