/** What killed workers leave in the share, and what must not be made up where the share was. */
import { access, mkdir, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { piecesOf } from "../../../src/farm/pieces/pieces.ts";
import type { FarmFilm } from "../../../src/farm/share/film.ts";
import { filmPath } from "../../../src/farm/share/films.ts";
import { takeLease } from "../../../src/farm/share/lease.ts";
import { openShare, type Share } from "../../../src/farm/share/share.ts";
import { submitFilm } from "../../../src/farm/share/submit.ts";
import { pacesOf } from "../../../src/farm/worker/paces.ts";
import { PieceLog } from "../../../src/farm/worker/piece-log.ts";
import { WorkerSelf } from "../../../src/farm/worker/self.ts";
import { tidyFilm } from "../../../src/farm/worker/tidy.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { temporaryFolder } from "../../helpers/media.ts";

const paces = pacesOf(6000);
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let share: Share;
let film: FarmFilm;
const at = (...names: string[]): string => filmPath(share, film, ...names);
const keys = async (): Promise<string[]> => (await piecesOf(share, film)).map(({ key }) => key);

beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder.path, "share"));
  share = await openShare(join(folder.path, "share"));
  const text = "source: { noise: {} }\nduration: 2f\noutput: { size: 32x32 }";
  film = await submitFilm(share, [parseScene(text, { path: join(folder.path, "scene.yaml") })]);
});
afterAll(() => folder.remove());

test("leases of finished pieces whose worker was killed are removed, and no others", async () => {
  const [first, second] = await keys();
  // No process has the highest id that Linux allows.
  const dead = (key: string): Promise<void> =>
    writeFile(at("leases", key), `4194304 ${hostname()} abc atlas`);
  await dead(first!);
  await dead(second!);
  const missing = (await piecesOf(share, film)).filter(({ key }) => key === second);
  await tidyFilm(share, film, missing, paces);
  expect(await readdir(at("leases"))).toEqual([second]);
  await tidyFilm(share, film, [], paces);
  expect(await readdir(at("leases"))).toEqual([]);
  const lease = await takeLease(share, film, first!, "forge", paces.lease);
  if (!("release" in lease)) throw new Error("the lease is taken");
  await tidyFilm(share, film, [], paces);
  expect(lease.lost.aborted).toBe(false);
  expect(await readdir(at("leases"))).toEqual([first]);
  await lease.release();
});

test("partial files of killed workers are removed, those that are being written are not", async () => {
  const [key] = await keys();
  const old = [`.${key}.0123abcd.partial.json`, ".1-1.0123abcd.partial.json"];
  const young = `.${key}.89abcdef.partial.json`;
  const files = [at("pieces", old[0]!), at("pins", old[1]!), at("leases", `${key}.0123abcd.stale`)];
  for (const file of files) {
    await writeFile(file, "");
    await utimes(file, new Date(), new Date(Date.now() - 60_000));
  }
  await writeFile(at("pieces", young), "");
  await tidyFilm(share, film, [], paces);
  expect(await readdir(at("pieces"))).toEqual([young]);
  expect(await readdir(at("pins"))).toEqual([]);
  expect(await readdir(at("leases"))).toEqual([]);
  await access(at("film.json"));
});

test("a worker makes up nothing where the share was", async () => {
  const [piece] = await piecesOf(share, film);
  await rm(share.root, { recursive: true });
  const facts = { engine: "cpu", fingerprint: "cpu-0", keysVersion: 1, runtime: "1" } as const;
  const self = new WorkerSelf(share, facts, { machine: "atlas", tags: [], jobs: 1, threads: 1 });
  await expect(self.keep()).rejects.toMatchObject({ code: "SHARE_UNUSABLE" });
  const log = new PieceLog(share, film, piece!, self.id);
  log.add("begins");
  await log.flush();
  expect(await readdir(share.path)).toEqual([]);
});
