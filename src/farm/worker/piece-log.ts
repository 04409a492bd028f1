/** The log of one try of a piece. */
import { appendFile } from "node:fs/promises";
import type { FarmFilm, Piece } from "../share/film.ts";
import { filmPath } from "../share/films.ts";
import type { Share } from "../share/share.ts";

const maxLines = 2000;

export class PieceLog {
  /** In the film's `logs` folder. */
  readonly name: string;
  readonly #path: string;
  #lines = 0;
  #writing = Promise.resolve();

  constructor(share: Share, film: FarmFilm, { key }: Piece, worker: string) {
    this.name = `${key}-${worker}.log`;
    this.#path = filmPath(share, film, "logs", this.name);
  }

  /** Add lines with the time. A log that cannot be written does not stop the work. */
  add(text: string): void {
    if (this.#lines++ > maxLines) return;
    const lines = text.trimEnd().replaceAll("\n", "\n  ");
    const line = `${new Date().toISOString()} ${lines}\n`;
    this.#writing = this.#writing.then(() => appendFile(this.#path, line)).catch(() => {});
  }

  /** Wait until all is written. */
  flush(): Promise<void> {
    return this.#writing;
  }
}
