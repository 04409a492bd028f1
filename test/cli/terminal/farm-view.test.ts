import { describe, expect, test } from "vitest";
import { bar, farmView, viewOf } from "../../../src/cli/terminal/farm-view.ts";
import type { LiveWorker } from "../../../src/farm/queue/live.ts";
import type { FarmStatus, FilmStatus } from "../../../src/farm/status.ts";

const film = (id: string, more: Partial<FilmStatus>): FilmStatus => ({
  ...{ id, state: "dreaming", submitted: "2026-01-01", by: "me@here", priority: 0, tags: [] },
  ...{ outputs: [`/mnt/dreams/dreamreel/films/${id}/out/0/film.mp4`], failures: [] },
  frames: { total: 300, done: 186, dreaming: 24, waiting: 90, failed: 0 },
  ...more,
});
const worker = (id: string, more: Partial<LiveWorker>): LiveWorker => ({
  ...{ id, machine: id, pid: 1, version: "0.1.0", jobs: 1, threads: 8, memoryBytes: 3.2e10 },
  ...{ started: "2026-01-01", state: "ready", secondsPerFrame: {}, pieces: [], tags: [] },
  ...{ engine: "cpu", keysVersion: 8, runtime: "1.30.0", fingerprint: "cpu-0011223344556677" },
  ...more,
});

const status: FarmStatus = {
  films: [
    film("finale-00000001", {
      state: "finished",
      frames: { total: 48, done: 48, dreaming: 0, waiting: 0, failed: 0 },
    }),
    film("zoom-1a2b3c4d", { secondsLeft: 754 }),
    film("river-5e6f7a8b", {
      state: "waiting",
      why: "no worker has the tag gpu",
      frames: { total: 1200, done: 0, dreaming: 0, waiting: 1200, failed: 0 },
    }),
    film("broken-9c9c9c9c", {
      state: "failed",
      frames: { total: 40, done: 2, dreaming: 0, waiting: 30, failed: 8 },
      failures: ["atlas", "forge", "delta"].map((name) => ({
        worker: `${name}-77`,
        message:
          "MODEL_INVALID: net.onnx: the node conv_3 has no weights, and much more of a message\n  hint",
      })),
    }),
  ],
  workers: [
    worker("atlas-4211", {
      pieces: [
        {
          ...{ film: "zoom-1a2b3c4d", key: "k", kind: "frames", scenes: 1, scene: 0, shot: 0 },
          ...{ from: 120, to: 143, frames: 24, done: 12, seconds: 25.3 },
        },
      ],
    }),
    worker("forge-19", { engine: "webgpu" }),
    worker("delta-20", { state: "set aside", why: "it failed 3 pieces: a, b, c" }),
  ],
};
/** Without colours. */
const plain = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches colours.
  text.replaceAll(/\x1b\[\d+m/g, "");

test("of a film of several scenes, a worker's line names the scene", () => {
  const pieces = [
    {
      ...{ film: "sweep-7d7d7d7d", key: "k", kind: "film" as const, scenes: 8, scene: 2, shot: 0 },
      ...{ from: 0, to: 0, frames: 0, done: 0, seconds: 1 },
    },
  ];
  const text = farmView(
    { films: [], workers: [worker("atlas-1", { pieces })] },
    { width: 80, drawn: true },
  );
  expect(plain(text)).toContain("sweep-7d7d7d7d, scene 3, the film");
});

describe("the farm in a terminal", () => {
  const lines = plain(farmView(status, { width: 80, drawn: true })).split("\n");

  test("fits into 80 columns", () => {
    for (const line of lines) expect([...line].length, line).toBeLessThanOrEqual(80);
  });

  test("shows unfinished films first, each with its bar, frames and the time that is left", () => {
    expect(lines[0]).toMatch(/^zoom-1a2b3c4d {2,}dreaming, about 12 min 34 s left$/);
    expect(lines[1]).toMatch(/^█{40,}▓+░+ {2}62 %$/);
    expect(lines[2]).toBe("186 of 300 frames, 24 dreaming, 90 waiting");
    const finished = lines.findIndex((line) => line.startsWith("finale-00000001"));
    expect(lines[finished + 1]).toMatch(/^█+ 100 %$/);
    expect(lines[finished + 3]).toMatch(/out\/0\/film\.mp4$/);
    expect(finished).toBeGreaterThan(lines.findIndex((line) => line.startsWith("broken")));
  });

  test("says why a film waits or has failed, and what each worker does", () => {
    const text = lines.join("\n");
    expect(text).toContain("no worker has the tag gpu");
    expect(text).toMatch(/forge-77: MODEL_INVALID.*…/);
    expect(text).toContain('"dreamreel farm logs broken-9c9c9c9c" shows why');
    expect(text).toMatch(
      /atlas-4211 +cpu +12\/24 +2.11 s\/frame +zoom-1a2b3c4d, shot 1, 120\.\.143$/m,
    );
    expect(text).toMatch(/forge-19 +webgpu +idle/);
    expect(text).toMatch(/delta-20 +cpu +set aside: it failed 3/);
  });

  test("is a line for each film and worker elsewhere, without colours", () => {
    const text = farmView(status, { width: 80, drawn: false });
    expect(text).toBe(plain(text));
    expect(text).toMatch(
      /^zoom-1a2b3c4d +dreaming +186\/300 frames +62 % +24 dreaming +90 waiting +0 failed +about 12 min 34 s left$/m,
    );
    expect(text.split("\n")).toHaveLength(4 + 1 + 3);
  });

  test("says what to do where there is nothing", () => {
    const empty = plain(farmView({ films: [], workers: [] }, { width: 80, drawn: true }));
    expect(empty).toMatch(/farm submit[\s\S]*farm worker/);
  });

  test("shows the five films that ended last, and how many more there are", () => {
    const films = Array.from({ length: 9 }, (_, i) =>
      film(`old-0000000${i}`, { state: "finished", submitted: `2026-01-0${i + 1}T00:00:00Z` }),
    );
    for (const drawn of [true, false]) {
      const text = plain(farmView({ films, workers: [] }, { width: 80, drawn }));
      expect(text.match(/old-\d+/g)?.filter((id, i, all) => all.indexOf(id) === i)).toEqual(
        [8, 7, 6, 5, 4].map((i) => `old-0000000${i}`),
      );
      expect(text).toMatch(/^4 more have ended; "dreamreel farm status --json" lists all films$/m);
    }
  });

  test("is drawn in a terminal that tells no size, and in one that is too narrow", () => {
    for (const columns of [0, 1, 30, 500]) {
      const view = viewOf({ columns, isTTY: true }, {});
      expect(view.width).toBe({ 0: 80, 500: 100 }[columns] ?? 40);
      expect(plain(farmView(status, view))).toContain("62 %");
    }
    expect(viewOf({ columns: 80, isTTY: true }, { NO_COLOR: "1" }).drawn).toBe(false);
  });

  test("shows the twelve films that go on longest, and how many more there are", () => {
    const many = (count: number, name: string, state: "waiting" | "finished"): FilmStatus[] =>
      Array.from({ length: count }, (_, i) =>
        film(`${name}-${String(i).padStart(2, "0")}`, { state, submitted: "2026-01-01T00:00:00Z" }),
      );
    const films = [...many(15, "open", "waiting"), ...many(6, "old", "finished")];
    for (const drawn of [true, false]) {
      const text = plain(farmView({ films, workers: [] }, { width: 80, drawn }));
      expect(text).toContain("open-11");
      expect(text).not.toContain("open-12");
      expect(text).toMatch(/^3 more go on and 1 more have ended; /m);
    }
  });

  test("escapes what names and messages hold", () => {
    const films = [film("evil\x1b[2J", { state: "failed", why: "\x1b]0;x\x07" })];
    for (const drawn of [true, false])
      expect(
        farmView({ films, workers: [worker("\x1b[2J", {})] }, { width: 80, drawn }),
      ).not.toMatch(
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches escapes.
        /\x1b(\[2J|\])/,
      );
  });
});

test("a bar shows every part that exists, and is full only when all is done", () => {
  const show = (done: number, dreaming: number, failed: number): string =>
    plain(
      bar({ total: 1000, done, dreaming, failed, waiting: 1000 - done - dreaming - failed }, 10),
    );
  expect(show(0, 0, 0)).toBe("░░░░░░░░░░");
  expect(show(1, 1, 1)).toBe("█▓▒░░░░░░░");
  expect(show(999, 0, 0)).toBe("█████████░");
  expect(show(999, 1, 0)).toBe("█████████▓");
  expect(show(1000, 0, 0)).toBe("██████████");
});
