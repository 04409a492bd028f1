import { expect, test } from "vitest";
import { readyPieces, Successors } from "../../../src/farm/queue/ready.ts";
import type { Piece } from "../../../src/farm/share/film.ts";

function piece(key: string, after: readonly string[] = []): Piece {
  return { key, kind: "frames", scene: 0, shot: 0, from: 0, to: 1, frames: 2, after };
}

test("of the missing pieces, those are ready that wait for no other missing one", () => {
  const missing = [piece("a"), piece("b", ["a"]), piece("c", ["gone"]), piece("film", ["a", "b"])];
  expect(readyPieces(missing).map(({ key }) => key)).toEqual(["a", "c"]);
});

test("a piece is ready after the last of those it waits for, and few records are read", async () => {
  const parts = Array.from({ length: 200 }, (_, i) => piece(`p${i}`));
  const film = piece(
    "film",
    parts.map(({ key }) => key),
  );
  const done = new Set<string>();
  let read = 0;
  const successors = new Successors([...parts, film, piece("next", ["p7"])], async (key) => {
    read++;
    return done.has(key);
  });
  const order = [...parts].sort((a, b) => (a.key > b.key ? 1 : -1) * (a.key.length % 2 ? 1 : -1));
  for (const [i, { key }] of order.entries()) {
    done.add(key);
    const ready = (await successors.readyAfter(key)).map((one) => one.key);
    const expected = [
      ...(i === order.length - 1 ? ["film"] : []),
      ...(key === "p7" ? ["next"] : []),
    ];
    expect(ready).toEqual(expected);
  }
  expect(read).toBeLessThan(2 * parts.length + 2);
});
