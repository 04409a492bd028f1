/** Shares that are missing, read-only, full, or gone and back. The tests mount a small tmpfs, and are skipped if that is not allowed. */
import { mkdir, readdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { missingPieces, stateOf } from "../../../src/farm/pieces/pieces.ts";
import { runPiece } from "../../../src/farm/pieces/run-piece.ts";
import { listFilms } from "../../../src/farm/share/films.ts";
import { openShare } from "../../../src/farm/share/share.ts";
import { submitFilm } from "../../../src/farm/share/submit.ts";
import { workFolderOf } from "../../../src/pipeline/cache/cache-folder.ts";
import { renderScene } from "../../../src/pipeline/render/render.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import type { Scene } from "../../../src/scene/scene.ts";
import { doAll, framesIn, workOf } from "../../helpers/farm.ts";
import { temporaryFolder } from "../../helpers/media.ts";
import { mountable } from "../../helpers/mount.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
const small = { secondsPerMegapixel: (120 / 3 / (64 * 48)) * 1e6 };

beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(at("share"));
});
afterEach(async () => {
  for (const place of ["share", "kept"])
    await execa("umount", ["-l", at(place)], { reject: false });
});
afterAll(() => folder.remove());

const mount = (...options: string[]): Promise<unknown> =>
  execa("mount", ["-t", "tmpfs", "-o", options.join(","), "none", at("share")]);

const sceneOf = (name: string): Scene =>
  parseScene(
    `source: { noise: { seed: 3 } }
duration: 9f
dream: { layers: { edges: 1 }, octaves: 1, iterations: 1 }
output: { file: ${name}.mkv, size: 64x48, fps: 8, keepFrames: true }`,
    { path: at(`${name}.yaml`) },
  );

/** Fill the share except for `left` bytes. */
async function fill(left: number): Promise<void> {
  const { bavail, bsize } = await statfs(at("share"));
  await writeFile(at("share/filler"), Buffer.alloc(Math.max(0, bavail * bsize - left)));
}

test("a share that does not exist is one clear error, and nothing is created", async () => {
  await expect(openShare(at("nowhere"))).rejects.toMatchObject({
    code: "SHARE_NOT_FOUND",
    where: at("nowhere"),
    hint: expect.stringContaining("Mount it"),
  });
  await writeFile(at("file"), "");
  await expect(openShare(at("file"))).rejects.toMatchObject({ code: "SHARE_NOT_FOUND" });
  const looking = openShare(at("share"), { readOnly: true });
  await expect(looking).rejects.toMatchObject({ code: "SHARE_NOT_FOUND" });
  expect(await readdir(at("share"))).toEqual([]);
});

test("a token is found in the same folder, and in no other", async () => {
  const [one, other] = [at("one"), at("other")];
  for (const path of [one, other]) await mkdir(path);
  const token = await (await openShare(one)).proof();
  expect(await (await openShare(one)).hasProof(token)).toBe(true);
  expect(await (await openShare(other)).hasProof(token)).toBe(false);
  expect(await (await openShare(one)).hasProof("../../film")).toBe(false);
});

describe.runIf(mountable)("a share", { timeout: 120_000 }, () => {
  test("that is read-only can be looked at, and is one clear error for everything else", async () => {
    await mount("size=8m");
    const film = await submitFilm(await openShare(at("share")), [sceneOf("ro")], small);
    await execa("mount", ["-o", "remount,ro", at("share")]);
    await expect(openShare(at("share"))).rejects.toMatchObject({
      code: "SHARE_UNUSABLE",
      message: expect.stringContaining("read-only"),
    });
    const share = await openShare(at("share"), { readOnly: true });
    expect(await listFilms(share)).toEqual([film]);
    expect(await stateOf(share, film)).toMatchObject({ finished: false, frames: { done: 0 } });
    const submitting = submitFilm(share, [sceneOf("other")], small);
    await expect(submitting).rejects.toMatchObject({ code: "SHARE_UNUSABLE" });
    const [piece] = await missingPieces(share, film);
    await expect(runPiece(share, film, piece!, { threads: 1 })).rejects.toMatchObject({
      code: "SHARE_UNUSABLE",
    });
  });

  test("that is full is DISK_FULL, leaves no half of a film, and is filled on once there is room", async () => {
    const { file } = await renderScene(sceneOf("full"), { engine: "cpu", threads: 1 });
    const whole = await framesIn(workFolderOf(file, false));
    await mount("size=4m");
    const share = await openShare(at("share"));
    await fill(0);
    const submitting = submitFilm(share, [sceneOf("full")], small);
    await expect(submitting).rejects.toMatchObject({ code: "DISK_FULL" });
    expect(await listFilms(share)).toEqual([]);
    await rm(at("share/filler"));
    const film = await submitFilm(share, [sceneOf("full")], small);
    await fill(60_000);
    await expect(doAll(share, film)).rejects.toMatchObject({ code: "DISK_FULL" });
    await rm(at("share/filler"));
    await doAll(share, film);
    expect(await framesIn(workOf(share, film))).toEqual(whole);
  });

  test("that goes away during a piece is an error, nothing is written in its place, and the film goes on when it is back", async () => {
    await mount("size=8m");
    const share = await openShare(at("share"));
    const film = await submitFilm(share, [sceneOf("gone")], small);
    const [piece] = await missingPieces(share, film);
    await mkdir(at("kept"), { recursive: true });
    const away = async (): Promise<void> => {
      await execa("mount", ["--bind", at("share"), at("kept")]);
      await execa("umount", ["-l", at("share")]);
    };
    let leaving: Promise<void> | undefined;
    const running = runPiece(share, film, piece!, {
      threads: 1,
      onProgress: () => {
        leaving ??= away();
      },
    });
    const outcome = await running.then(
      () => "done",
      (error: { code: string }) => error.code,
    );
    await leaving;
    // Frames may have been finished before it was gone.
    expect(["done", "SHARE_UNUSABLE"]).toContain(outcome);
    expect(await readdir(at("share"))).toEqual([]);
    await expect(missingPieces(share, film)).rejects.toMatchObject({ code: "SHARE_UNUSABLE" });
    await expect(runPiece(share, film, piece!)).rejects.toMatchObject({ code: "SHARE_UNUSABLE" });
    expect(await readdir(at("share"))).toEqual([]);
    await execa("mount", ["--bind", at("kept"), at("share")]);
    await execa("umount", ["-l", at("kept")]);
    await doAll(share, film);
    expect(await stateOf(share, film)).toMatchObject({ finished: true });
  });
});
