/** Length and size of clips and sounds, measured once each, one after the other and in the background. */
import { stat } from "node:fs/promises";
import type { MediaFacts } from "./calls.ts";
import type { EventHub } from "./events.ts";

/** Most files that are remembered. */
const mostFiles = 5000;

export class KnownMedia {
  readonly #measure: (file: string) => Promise<MediaFacts>;
  readonly #hub: EventHub;
  /** By file and its time; undefined while it is being measured. */
  readonly #facts = new Map<string, MediaFacts | undefined>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(measure: (file: string) => Promise<MediaFacts>, hub: EventHub) {
    this.#measure = measure;
    this.#hub = hub;
  }

  /** What is known of a file; where nothing is, it is measured, and pages are told. */
  async of(file: string): Promise<MediaFacts | undefined> {
    const found = await stat(file).catch(() => undefined);
    if (!found?.isFile()) return undefined;
    const key = `${file} ${found.size} ${found.mtimeMs}`;
    if (this.#facts.has(key)) return this.#facts.get(key);
    this.#facts.set(key, undefined);
    for (const old of this.#facts.keys()) {
      if (this.#facts.size <= mostFiles) break;
      this.#facts.delete(old);
    }
    // What cannot be measured has no length.
    this.#turn = this.#turn.then(async () => {
      const facts = await this.#measure(file).catch((): MediaFacts => ({}));
      this.#facts.set(key, facts);
      if (facts.durationSec !== undefined) this.#hub.send({ type: "media" });
    });
    return undefined;
  }
}
