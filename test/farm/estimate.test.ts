import { describe, expect, test } from "vitest";
import { secondsLeft, secondsPerFrame } from "../../src/farm/estimate.ts";
import type { LiveWorker } from "../../src/farm/queue/live.ts";
import type { FarmFilm, Piece } from "../../src/farm/share/film.ts";

const film = {
  ...{ id: "film-00000000", keysVersion: 1, runtime: "1", tags: [] },
  scenes: [{ engine: "cpu", size: { width: 1000, height: 500 } }],
} as unknown as FarmFilm;

function worker(more: Partial<LiveWorker>): LiveWorker {
  const own = { engine: "cpu", keysVersion: 1, runtime: "1", tags: [], state: "ready", jobs: 1 };
  return { ...own, secondsPerFrame: {}, pieces: [], ...more } as unknown as LiveWorker;
}

function running(done: number, seconds: number): LiveWorker["pieces"] {
  const piece = {
    film: film.id,
    scenes: 1,
    key: "k",
    kind: "frames",
    scene: 0,
    shot: 0,
    from: 0,
    to: 99,
  };
  return [{ ...piece, frames: 100, done, seconds }] as LiveWorker["pieces"];
}

const piece = (shot: number, frames: number): Piece =>
  ({ key: `k${shot}`, kind: "frames", scene: 0, shot, frames, after: [] }) as unknown as Piece;
const cuts = { ...piece(0, 0), kind: "cuts" } as Piece;

describe("a worker's speed", () => {
  test("is what it needed for this film, else for the piece that it dreams, else for a megapixel", () => {
    const measured = worker({ secondsPerMegapixel: 8, pieces: running(10, 30) });
    expect(secondsPerFrame({ ...measured, secondsPerFrame: { [film.id]: 2 } }, film, 0)).toBe(2);
    expect(secondsPerFrame(measured, film, 0)).toBe(3);
    expect(secondsPerFrame({ ...measured, pieces: running(1, 30) }, film, 0)).toBe(4);
    expect(secondsPerFrame(worker({}), film, 0)).toBeUndefined();
  });
});

describe("the time that a film takes", () => {
  const two = [worker({ pieces: running(10, 20) }), worker({ pieces: running(10, 20) })];

  test("is shared by the workers", () => {
    expect(secondsLeft(film, [piece(0, 60), piece(1, 40)], 100, two)).toBe(100);
    expect(secondsLeft(film, [piece(0, 60), piece(1, 40)], 50, two)).toBe(50);
    expect(secondsLeft(film, [], 0, two)).toBe(0);
  });

  test("is unknown while no worker is measured, and while its cuts are looked for", () => {
    expect(secondsLeft(film, [piece(0, 60)], 60, [worker({})])).toBeUndefined();
    expect(secondsLeft(film, [cuts], 96, two)).toBeUndefined();
  });
});
