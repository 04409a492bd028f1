/** Which pieces can be done now. */
import type { Piece } from "../share/film.ts";

/** Of the missing pieces, those that wait for none of the others. */
export function readyPieces(missing: readonly Piece[]): Piece[] {
  const open = new Set(missing.map(({ key }) => key));
  return missing.filter(({ after }) => after.every((key) => !open.has(key)));
}

interface Waiting {
  readonly piece: Piece;
  /** Those before this index in `after` are done. */
  next: number;
}

/** Finds what becomes ready when a piece is done. */
export class Successors {
  readonly #pieces: ReadonlyMap<string, Piece>;
  readonly #after = new Map<string, Waiting[]>();
  readonly #isDone: (key: string) => Promise<boolean>;

  /** `isDone` asks the share. Each piece is asked for once it is done, and one more for each call of `readyAfter`. */
  constructor(pieces: readonly Piece[], isDone: (key: string) => Promise<boolean>) {
    this.#pieces = new Map(pieces.map((piece) => [piece.key, piece]));
    this.#isDone = isDone;
    for (const piece of pieces) {
      const waiting: Waiting = { piece, next: 0 };
      for (const key of piece.after) {
        const list = this.#after.get(key) ?? [];
        list.push(waiting);
        this.#after.set(key, list);
      }
    }
  }

  get(key: string): Piece | undefined {
    return this.#pieces.get(key);
  }

  /** The pieces that waited for `key` and now wait for none. */
  async readyAfter(key: string): Promise<Piece[]> {
    const ready: Piece[] = [];
    for (const waiting of this.#after.get(key) ?? []) {
      const { after } = waiting.piece;
      while (waiting.next < after.length && (await this.#isDone(after[waiting.next]!)))
        waiting.next++;
      if (waiting.next === after.length) ready.push(waiting.piece);
    }
    return ready;
  }
}
