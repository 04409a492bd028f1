import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { missingPieces, stateOf } from "../../../src/farm/pieces/pieces.ts";
import type { FarmFilm } from "../../../src/farm/share/film.ts";
import {
  filmPath,
  forgetFailures,
  listFilms,
  markDone,
  markFailed,
  readRecord,
  writeRequest,
} from "../../../src/farm/share/films.ts";
import { openShare, type Share } from "../../../src/farm/share/share.ts";
import { submitFilm } from "../../../src/farm/share/submit.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { temporaryFolder } from "../../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let share: Share;
let film: FarmFilm;
beforeAll(async () => {
  folder = await temporaryFolder();
  share = await openShare(folder.path);
  const text = "source: { noise: {} }\nduration: 4f\noutput: { size: 32x32 }";
  const scene = parseScene(text, { path: join(folder.path, "scene.yaml") });
  film = await submitFilm(share, [scene], { priority: 3, tags: ["gpu"] });
});
afterAll(() => folder.remove());

test("failures of a piece add up until it is done or they are forgotten", async () => {
  const [piece] = await missingPieces(share, film);
  const { key } = piece!;
  const failure = { worker: "w1", host: "h1", message: "no memory", log: "w1.log" };
  expect(await markFailed(share, film, key, failure)).toHaveLength(1);
  const all = await markFailed(share, film, key, { ...failure, worker: "w2" });
  expect(all.map(({ worker }) => worker)).toEqual(["w1", "w2"]);
  expect((await stateOf(share, film)).failures).toMatchObject([
    { key, worker: "w1", message: "no memory" },
    { key, worker: "w2" },
  ]);
  await forgetFailures(share, film);
  expect(await readRecord(share, film, key)).toEqual({ failures: [] });
  await markFailed(share, film, key, failure);
  await markDone(share, film, key, { worker: "w3", seconds: 2 });
  await forgetFailures(share, film);
  expect(await readRecord(share, film, key)).toMatchObject({
    done: { worker: "w3", seconds: 2 },
    failures: [],
  });
});

test("what is asked for a film is kept beside it", async () => {
  expect((await stateOf(share, film)).request).toEqual({});
  await writeRequest(share, film, { paused: true });
  expect((await stateOf(share, film)).request).toEqual({ paused: true });
  await writeRequest(share, film, {});
});

test("films are listed with what they were submitted with, and folders of something else are left out", async () => {
  await mkdir(join(share.root, "films", "unfinished"));
  await mkdir(join(share.root, "films", "damaged"));
  await writeFile(join(share.root, "films", "damaged", "film.json"), '{ "format": 1');
  const films = await listFilms(share);
  expect(films).toEqual([film]);
  expect(films[0]).toMatchObject({ priority: 3, tags: ["gpu"], scenes: [{ frames: 4 }] });
});

test("a film whose outline is gone is incomplete, not without frames", async () => {
  await rm(filmPath(share, film, "plans"), { recursive: true });
  await expect(missingPieces(share, film)).rejects.toMatchObject({ code: "SHARE_UNUSABLE" });
});
