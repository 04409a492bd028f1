/** A piece that is taken up again where another worker has left it. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { piecesOf } from "../../../src/farm/pieces/pieces.ts";
import { runPiece } from "../../../src/farm/pieces/run-piece.ts";
import { openShare } from "../../../src/farm/share/share.ts";
import { submitFilm } from "../../../src/farm/share/submit.ts";
import { WorkerSelf } from "../../../src/farm/worker/self.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { temporaryFolder } from "../../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder.path, "share"));
});
afterAll(() => folder.remove());

test("counts the frames that were stored before as done, and makes only the others", async () => {
  const share = await openShare(join(folder.path, "share"));
  const text = `source: { noise: { seed: 5 } }
output: { file: film/, size: 48x32, fps: 8 }
duration: 8f
dream: { layers: { edges: 1 }, octaves: 1, iterations: 1 }
`;
  const scene = parseScene(text, { path: join(folder.path, "scene.yaml") });
  const film = await submitFilm(share, [scene], { secondsPerMegapixel: 1 });
  const [piece] = await piecesOf(share, film);
  expect(piece!.frames).toBe(8);
  const stop = new AbortController();
  const first: number[] = [];
  const stopped = runPiece(share, film, piece!, {
    ...{ threads: 1, signal: stop.signal },
    onProgress: (frame) => first.push(frame) === 3 && stop.abort(),
  });
  await expect(stopped).rejects.toMatchObject({ code: "INTERRUPTED" });

  const facts = { engine: "cpu", fingerprint: "f", keysVersion: 1, runtime: "r" } as const;
  const self = new WorkerSelf(share, facts, { machine: "atlas", tags: [], jobs: 1, threads: 1 });
  const doing = self.begin(film, piece!);
  const second: number[] = [];
  await runPiece(share, film, piece!, {
    threads: 1,
    onFound: (frames) => doing.found(frames),
    onProgress: (frame) => {
      second.push(frame);
      doing.frame();
    },
  });
  expect((await self.describe()).pieces).toMatchObject([{ frames: 8, done: 8 }]);
  expect(second).toEqual(Array.from({ length: 8 - first.length }, (_, i) => first.length + i));
});
