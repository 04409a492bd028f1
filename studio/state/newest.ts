/** Answers to requests, of which only the newest counts: an older one, or one that an event has overtaken, says what was. */
export class Newest {
  #turn = 0;

  /** Something newer is known: the answer that is on its way no longer counts. */
  overtake(): void {
    this.#turn++;
  }

  /** The answer to a request; undefined where something newer is known by now. Throws what the newest request throws. */
  async of<T>(request: () => Promise<T>): Promise<T | undefined> {
    const mine = ++this.#turn;
    try {
      const answer = await request();
      return mine === this.#turn ? answer : undefined;
    } catch (error) {
      if (mine === this.#turn) throw error;
      return undefined;
    }
  }
}
