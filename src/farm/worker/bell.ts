import { once } from "node:events";

/** Wakes what waits for work. */
export class Bell {
  readonly #target = new EventTarget();

  ring(): void {
    this.#target.dispatchEvent(new Event("ring"));
  }

  /** Wait for the bell, `ms` at most, or until `signal` fires. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    const end = AbortSignal.any([signal, AbortSignal.timeout(Math.round(ms))]);
    await once(this.#target, "ring", { signal: end }).catch(() => {});
  }
}
