/** Workers in processes of their own, which share nothing but a folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { missingPieces } from "../../../src/farm/pieces/pieces.ts";
import type { FarmFilm } from "../../../src/farm/share/film.ts";
import { filmPath } from "../../../src/farm/share/films.ts";
import { openShare, type Share } from "../../../src/farm/share/share.ts";
import { submitFilm } from "../../../src/farm/share/submit.ts";
import { workFolderOf } from "../../../src/pipeline/cache/cache-folder.ts";
import { renderScene } from "../../../src/pipeline/render/render.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { framesIn, workOf } from "../../helpers/farm.ts";
import { decodeAll, ffmpeg, temporaryFolder } from "../../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let whole: Record<string, string>;
const workers: ChildProcess[] = [];
const at = (name: string): string => join(folder.path, name);

const scene = () =>
  parseScene(
    `shots:
  - { source: { noise: { seed: 3 } }, duration: 8f, motion: { zoom: 2 } }
  - { source: { video: clip.mkv }, transition: { crossfade: 3f } }
dream: { layers: { edges: 1 }, octaves: 1, iterations: 1 }
output: { file: film.mkv, size: 48x32, fps: 8, keepFrames: true }`,
    { path: at("film.yaml") },
  );

beforeAll(async () => {
  folder = await temporaryFolder();
  await ffmpeg(
    ...["-f", "lavfi", "-i", "testsrc2=size=48x32:rate=8:duration=1.5"],
    ...["-c:v", "ffv1", at("clip.mkv")],
  );
  const { file } = await renderScene(scene(), { engine: "cpu", threads: 1 });
  whole = await framesIn(workFolderOf(file, false));
}, 120_000);
afterEach(() => {
  for (const worker of workers.splice(0)) worker.kill("SIGKILL");
});
afterAll(() => folder.remove());

async function submitted(name: string): Promise<{ share: Share; film: FarmFilm }> {
  await mkdir(at(name));
  const share = await openShare(at(name));
  const secondsPerMegapixel = (120 / 4 / (48 * 32)) * 1e6;
  return { share, film: await submitFilm(share, [scene()], { secondsPerMegapixel }) };
}

type Said = Readonly<Record<string, string>>;

/** A worker, all that it has said, and a promise of its first words with `key`. */
function work(share: Share, film: FarmFilm) {
  const script = join(import.meta.dirname, "../../helpers/farm-process.ts");
  const args = ["--import", import.meta.resolve("tsx"), script, "work", share.path, film.id];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  workers.push(child);
  const said: Said[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => said.push(JSON.parse(line)));
  const first = async (key: string): Promise<void> => {
    while (!said.some((one) => key in one)) await once(lines, "line");
  };
  return { child, said, first, end: once(child, "exit") };
}

/** The frames are one machine's, each is in the video once, and nothing is left over. */
async function expectWhole(share: Share, film: FarmFilm): Promise<void> {
  expect(await missingPieces(share, film)).toEqual([]);
  expect(await framesIn(workOf(share, film))).toEqual(whole);
  const output = filmPath(share, film, film.scenes[0]!.output);
  expect(await decodeAll(output, 48, 32)).toEqual(await decodeAll(at("film.mkv"), 48, 32));
  expect(await readdir(filmPath(share, film, "leases"))).toEqual([]);
  const left = (await readdir(workOf(share, film))).filter((name) => name.startsWith("."));
  expect(left).toEqual([]);
}

describe("workers", { timeout: 180_000 }, () => {
  test("two at once share the pieces, and make one machine's frames", async () => {
    const { share, film } = await submitted("two");
    const both = [work(share, film), work(share, film)];
    expect(await Promise.all(both.map(({ end }) => end))).toEqual([
      [0, null],
      [0, null],
    ]);
    const did = both.map(({ said }) => said.flatMap((one) => one.did ?? []));
    expect(new Set(did.flat()).size).toBe(did.flat().length);
    for (const own of did) expect(own.length).toBeGreaterThan(0);
    await expectWhole(share, film);
  });

  test("one that is killed, and one that is stopped and woken, do not harm the film", async () => {
    const { share, film } = await submitted("harm");
    const killed = work(share, film);
    const stopped = work(share, film);
    await Promise.all([
      killed.first("started").then(() => killed.child.kill("SIGKILL")),
      stopped.first("started").then(() => stopped.child.kill("SIGSTOP")),
    ]);
    const third = work(share, film);
    expect(await third.end).toEqual([0, null]);
    await expectWhole(share, film);
    stopped.child.kill("SIGCONT");
    expect(await stopped.end).toEqual([0, null]);
    // It was stopped during a piece, unless that was done just before.
    const ended = stopped.said.flatMap(({ did, lost }) => did ?? lost ?? []);
    expect(ended).toEqual(stopped.said.flatMap(({ started }) => started ?? []));
    await expectWhole(share, film);
  });
});
