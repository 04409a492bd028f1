/** Pieces made in any order, each with a render cache of its own, give one machine's frames bit for bit. */
import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fingerprintOf } from "../../../src/farm/pieces/fingerprint.ts";
import { missingPieces, piecesOf, stateOf } from "../../../src/farm/pieces/pieces.ts";
import { pinOf } from "../../../src/farm/pieces/pins.ts";
import { releaseChain } from "../../../src/farm/pieces/release-chain.ts";
import { runPiece } from "../../../src/farm/pieces/run-piece.ts";
import type { FarmFilm } from "../../../src/farm/share/film.ts";
import { filmPath } from "../../../src/farm/share/films.ts";
import { openShare, type Share } from "../../../src/farm/share/share.ts";
import { submitFilm } from "../../../src/farm/share/submit.ts";
import { workFolderOf } from "../../../src/pipeline/cache/cache-folder.ts";
import { findMade } from "../../../src/pipeline/recipe/stored-recipe.ts";
import { renderScene } from "../../../src/pipeline/render/render.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import type { Scene } from "../../../src/scene/scene.ts";
import { doAll, doPiece, framesIn, randomFrom, workOf } from "../../helpers/farm.ts";
import { ffmpeg, temporaryFolder } from "../../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let share: Share;
let fingerprint: string;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  share = await openShare(folder.path);
  fingerprint = await fingerprintOf("cpu");
  // Cuts at frames 7 and 14 of 21.
  await ffmpeg(
    ...["-f", "lavfi", "-i", "testsrc2=size=48x32:rate=8"],
    ...["-f", "lavfi", "-i", "mandelbrot=size=48x32:rate=8:start_scale=0.5"],
    ...["-f", "lavfi", "-i", "testsrc=size=48x32:rate=8,negate,eq=saturation=0.4"],
    "-filter_complex",
    "[0]trim=end_frame=7[a];[1]trim=end_frame=7[b];[2]trim=end_frame=7[c];[a][b][c]concat=n=3:v=1",
    ...["-c:v", "ffv1", at("clip.mkv")],
  );
});
afterAll(() => folder.remove());

const dream = "dream: { layers: { edges: 1 }, octaves: 1, iterations: 1, laplacian: 0, jitter: 4 }";

function sceneOf(name: string, yaml: string): Scene {
  const text = `${yaml}\n${dream}\noutput: { file: ${name}.mkv, size: 48x32, fps: 8, keepFrames: true }`;
  return parseScene(text, { path: at(`${name}.yaml`) });
}

/** Submit with pieces of about `size` frames. */
function submit(scene: Scene, size: number, preview = false): Promise<FarmFilm> {
  const pixels = preview ? 24 * 16 : 48 * 32;
  return submitFilm(share, [scene], { preview, secondsPerMegapixel: (120 / size / pixels) * 1e6 });
}

async function rendered(scene: Scene, preview = false): Promise<Record<string, string>> {
  const { file } = await renderScene(scene, { engine: "cpu", threads: 1, preview });
  return framesIn(workFolderOf(file, preview));
}

const scenes = {
  zoom: "source: { noise: { seed: 3 } }\nduration: 10f\nmotion: { zoom: 2 }",
  shots: `shots:
  - { source: { noise: { seed: 3 } }, duration: 9f, motion: { zoom: 2 } }
  - { source: { video: clip.mkv }, transition: { crossfade: 4f } }
  - { source: { noise: { seed: 4 } }, duration: 6f, transition: { crossfade: 2f } }`,
  cuts: "source: { video: clip.mkv }\nfeedback: { amount: 0.7, warp: flow }\ncolor: { match: first }",
  "cuts-every": "source: { video: clip.mkv }\nfeedback: { amount: 0.7, every: 3 }",
  zeros: `source: { video: clip.mkv, }
feedback: { amount: 0.8, sceneCut: keep }
timeline: [{ at: 0f, feedback: { amount: 0.8 } }, { at: 6f, ease: hold, feedback: { amount: 0 } }, { at: 7f, ease: hold, feedback: { amount: 0.8 } }, { at: 12f, ease: hold, feedback: { amount: 0 } }, { at: 16f, ease: hold, feedback: { amount: 0.5 } }]`,
  "zeros-every": `source: { noise: { seed: 2 } }
duration: 20f
motion: { rotate: 20deg }
feedback: { every: 3 }
timeline: [{ at: 0f, feedback: { amount: 0.8 } }, { at: 11f, ease: hold, feedback: { amount: 0 } }, { at: 13f, ease: hold, feedback: { amount: 0.8 } }]`,
  free: "source: { video: clip.mkv }\nfeedback: { amount: 0 }",
  "free-every": "source: { video: clip.mkv }\nfeedback: { amount: 0, every: 3 }",
  short: `source: { lavfi: "testsrc2=size=48x32:rate=8:duration=1.375" }
duration: 20f
feedback: { amount: 0.7 }`,
  split: "source: { video: clip.mkv }\nfeedback: { amount: 0.7 }\nfarm: { split: 5f, preroll: 3f }",
  "split-every": `source: { video: clip.mkv, }
feedback: { amount: 0.8, every: 3 }
motion: { zoom: "1 + 0.5 * p" }
mix: "0.5 + 0.4 * sin(f)"
farm: { split: 6f, preroll: 2f }`,
  "split-short": `source: { lavfi: "testsrc2=size=48x32:rate=8:duration=1.375" }
duration: 20f
feedback: { amount: 0.7 }
farm: { split: 4f, preroll: 2f }`,
  loop: "source: { video: clip.mkv }\nloop: true\nfeedback: { amount: 0.7 }",
  "free-loop": "source: { video: clip.mkv }\nloop: true\nfeedback: { amount: 0 }",
  "still-loop": "source: { noise: { seed: 6 } }\nduration: 15f\nloop: true",
} as const;

describe("the pieces of a film", { timeout: 120_000 }, () => {
  test.each(Object.entries(scenes))("%s give the frames of a plain render", async (name, yaml) => {
    const scene = sceneOf(name, yaml);
    const whole = await rendered(scene);
    const film = await submit(scene, 4);
    const notices: string[] = [];
    const onNotice = (notice: string): void => void notices.push(notice);
    const order = await doAll(share, film, randomFrom(name.length), { fingerprint, onNotice });
    expect(order.length).toBeGreaterThanOrEqual(4);
    const seams = notices.filter((notice) => /two sides of a seam differ/.test(notice));
    expect(seams).toHaveLength(name.startsWith("split") ? 1 : 0);
    expect(film.scenes[0]!.stretches !== undefined).toBe(name.startsWith("split"));
    expect(await framesIn(workOf(share, film))).toEqual(whole);
    const made = await findMade(filmPath(share, film, film.scenes[0]!.output));
    expect(made).toMatchObject({ intact: true });
    const state = await stateOf(share, film);
    expect(state).toMatchObject({ finished: true, missing: [], frames: { missing: 0 } });
    expect(state.frames.total).toBe(Object.keys(whole).length);
    if (name.endsWith("short")) expect(film.scenes[0]!.frames).toBeGreaterThan(state.frames.total);
  });

  test("of a preview give the frames of a preview", async () => {
    const scene = sceneOf("small", scenes.cuts);
    const whole = await rendered(scene, true);
    const film = await submit(scene, 4, true);
    await doAll(share, film, randomFrom(3), { fingerprint });
    expect(await framesIn(workOf(share, film))).toEqual(whole);
  });

  test("give the same frames in an order that no queue would choose", async () => {
    const scene = sceneOf("backwards", scenes.zoom);
    const whole = await rendered(scene);
    const film = await submit(scene, 3);
    const pieces = (await piecesOf(share, film)).filter(({ kind }) => kind === "frames").reverse();
    for (const piece of pieces) await doPiece(share, film, piece, { fingerprint });
    expect(await framesIn(workOf(share, film))).toEqual(whole);
  });

  test("are those whose frames are missing, and making them again gives the same", async () => {
    const scene = sceneOf("holes", scenes.shots);
    const whole = await rendered(scene);
    const film = await submit(scene, 4);
    const all = await piecesOf(share, film);
    const frames = all.filter(({ kind }) => kind !== "film");
    const random = randomFrom(7);
    for (;;) {
      const [piece] = (await missingPieces(share, film)).filter(({ after }) => after.length === 0);
      if (piece!.kind === "film") break;
      await doPiece(share, film, piece!, { fingerprint });
    }
    const work = workOf(share, film);
    expect(frames.length).toBeGreaterThanOrEqual(5);
    for (let i = 0; i < 2; i++) {
      const names = Object.keys(await framesIn(work));
      const lost = names[Math.floor(random() * names.length)]!;
      await rm(join(work, lost));
      const index = Number(lost.slice(6, 12));
      const missing = await missingPieces(share, film);
      const { shots } = JSON.parse(
        await readFile(filmPath(share, film, "plans", "1.json"), "utf8"),
      );
      const own = missing.filter(({ kind }) => kind === "frames");
      expect(own).toHaveLength(1);
      const [{ shot, from, to, after }] = own as [(typeof own)[number]];
      const local = index - shots[shot].offset;
      expect(local).toBeGreaterThanOrEqual(from);
      expect(local).toBeLessThanOrEqual(to);
      expect(after).toEqual([]);
      expect(missing.map(({ kind }) => kind)).toEqual(["frames", "film"]);
      await doPiece(share, film, own[0]!, { fingerprint });
      expect((await missingPieces(share, film)).map(({ kind }) => kind)).toEqual(["film"]);
    }
    await doAll(share, film, random, { fingerprint });
    expect(await framesIn(work)).toEqual(whole);
  });

  test("done twice change nothing, also once the film is finished", async () => {
    const film = await submit(sceneOf("twice", scenes.zoom), 4);
    const pieces = await piecesOf(share, film);
    await doAll(share, film, randomFrom(4), { fingerprint });
    const before = await framesIn(workOf(share, film));
    const output = filmPath(share, film, film.scenes[0]!.output);
    const { mtimeMs } = await stat(output);
    let made = 0;
    for (const piece of pieces)
      await runPiece(share, film, piece, { fingerprint, onProgress: () => void made++ });
    expect(made).toBe(0);
    expect(await framesIn(workOf(share, film))).toEqual(before);
    expect((await stat(output)).mtimeMs).toBe(mtimeMs);
  });

  test("of a chain are refused on a machine of another fingerprint, before anything is written", async () => {
    const film = await submit(sceneOf("pinned", scenes.zoom), 4);
    const [first, second] = await piecesOf(share, film);
    await doPiece(share, film, first!, { fingerprint });
    const before = await framesIn(workOf(share, film));
    const other = runPiece(share, film, second!, { fingerprint: "cpu-0000000000000000" });
    await expect(other).rejects.toMatchObject({ code: "FARM_UNLIKE" });
    expect(await framesIn(workOf(share, film))).toEqual(before);
    // Without a machine like the first, the chain is made anew by the other.
    await releaseChain(share, film, first!.chain!);
    expect(await missingPieces(share, film)).toEqual(await piecesOf(share, film));
    await runPiece(share, film, first!, { fingerprint: "cpu-0000000000000000" });
    expect(await framesIn(workOf(share, film))).toEqual(before);
    expect(await pinOf(share, film, first!.chain!)).toBe("cpu-0000000000000000");
  });
});
