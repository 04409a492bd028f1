import { readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { hashFile } from "../../disk/hash-file.ts";
import { DreamError } from "../../errors.ts";
import { bundledNames } from "../../models/bundled.ts";
import { verifiedPath } from "../../models/cache.ts";
import { findEntry } from "../../models/catalogue.ts";
import { pull } from "../../models/download.ts";
import { version } from "../../package.ts";
import { keysVersion } from "../../pipeline/cache/key-parts.ts";
import { RenderCache } from "../../pipeline/cache/render-cache.ts";
import { checkMemory } from "../../pipeline/forecast/memory.ts";
import { partsOf } from "../../pipeline/frames/film.ts";
import { findCuts } from "../../pipeline/frames/find-cuts.ts";
import type { StepTools } from "../../pipeline/frames/frame-step.ts";
import { FrameWriter } from "../../pipeline/frames/frame-writer.ts";
import { KeptTools } from "../../pipeline/frames/kept-tools.ts";
import { dreamPart } from "../../pipeline/parallel/dream-part.ts";
import { isOneShot } from "../../pipeline/plan/plan.ts";
import { type PreparedRender, prepareRender } from "../../pipeline/plan/prepare.ts";
import { SceneFiles } from "../../pipeline/plan/scene-files.ts";
import { renderScene } from "../../pipeline/render/render.ts";
import { runtimeVersion } from "../../runtime/ort/version.ts";
import { parseScene } from "../../scene/parse.ts";
import { modelsOf, type Scene } from "../../scene/scene.ts";
import type { FarmFilm, Piece } from "../share/film.ts";
import { filmPath } from "../share/films.ts";
import { type Share, writing } from "../share/share.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { missingPieces } from "./pieces.ts";
import { checkPin, pin } from "./pins.ts";
import { outputFile, readScene, writeEnd } from "./scene-folder.ts";

export interface RunOptions {
  /**
   * Engine and networks of pieces before, which this one adds to. Default: its own. On the CPU it computes in a worker
   * thread: this process's event loop stays free.
   */
  readonly kept?: KeptTools;
  /** Threads of the CPU for what is not `kept`. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** `fingerprintOf` the scene's engine, if known; else it is computed for pieces of a chain. */
  readonly fingerprint?: string;
  /** Called with the number of each frame that is stored, counted in the film, or looked at, counted in the clip. */
  readonly onProgress?: (frame: number) => void;
  /** Called with the number of the piece's frames that were stored before. */
  readonly onFound?: (frames: number) => void;
  readonly onNotice?: (message: string) => void;
}

/** A piece with everything that it needs. */
interface Job {
  readonly share: Share;
  readonly film: FarmFilm;
  readonly piece: Piece;
  readonly scene: Scene;
  readonly kept: KeptTools;
  readonly options: RunOptions;
}

/**
 * Do a piece in this process; frames are written under their keys, so doing it twice harms nothing. It neither takes the
 * piece's lease nor marks it as done. Returns at once if there is nothing to do. Throws `FARM_UNLIKE` if its chain is
 * pinned to another fingerprint or this machine would give frames other keys: another machine can do it; `INTERRUPTED`
 * within one step after `signal` fires, and the errors of a render.
 */
export async function runPiece(
  share: Share,
  film: FarmFilm,
  piece: Piece,
  options: RunOptions = {},
): Promise<void> {
  if (film.keysVersion !== keysVersion || film.runtime !== runtimeVersion)
    throw unlike(
      film,
      `this is dreamreel ${version()} with onnxruntime ${runtimeVersion}; the film was submitted by ${film.version} with ${film.runtime}`,
    );
  const missing = await missingPieces(share, film);
  if (!missing.some(({ key }) => key === piece.key)) return;
  const path = filmPath(share, film, film.scenes[piece.scene]!.file);
  const scene = parseScene(await readFile(path, "utf8"), { path });
  const kept = options.kept ?? new KeptTools({ threads: options.threads, worker: true });
  const job = { share, film, piece, scene, kept, options };
  await checkAlike(job, missing);
  await pullNetworks(job);
  try {
    if (piece.kind === "film") await assemble(job);
    else await makeFrames(job);
  } catch (error) {
    if (!(error instanceof DreamError) || error.code !== "OUTPUT_UNWRITABLE") throw error;
    // It is not the scene's output that cannot be written.
    await writing(error.where ?? share.root, () => Promise.reject(error));
  } finally {
    if (kept !== options.kept) await kept.dispose();
  }
}

/** Throws `FARM_UNLIKE` where the piece, or for a film what is still missing, is pinned to another fingerprint. */
async function checkAlike(
  { share, film, piece, options }: Job,
  missing: readonly Piece[],
): Promise<void> {
  const own = async (): Promise<string> =>
    options.fingerprint ?? fingerprintOf(film.scenes[piece.scene]!.engine);
  if (piece.chain !== undefined) await pin(share, film, piece.chain, await own());
  if (piece.kind !== "film") return;
  for (const { scene, kind, chain } of missing)
    if (scene === piece.scene && kind !== "film" && chain !== undefined)
      await checkPin(share, film, chain, await own());
}

/** Networks of the catalogue are not copied into the share: each machine downloads its own. */
async function pullNetworks({ scene, options: { onNotice, signal } }: Job): Promise<void> {
  const names = (scene.shots ?? [scene])
    .flatMap(modelsOf)
    .flatMap((model) => ("name" in model ? [model.name] : []));
  for (const name of new Set(names)) {
    if (bundledNames.includes(name)) continue;
    const entry = await findEntry(name);
    if ((await verifiedPath(entry)) !== undefined) continue;
    onNotice?.(`downloading the network ${name}`);
    await pull(entry, signal ? { signal } : {});
  }
}

/** Write the output, from what the other pieces have made. */
async function assemble({ share, film, piece, scene, options }: Job): Promise<void> {
  const { threads, signal, onProgress, onNotice } = options;
  await renderScene(scene, {
    output: outputFile(share, film, piece.scene),
    preview: film.preview,
    shared: true,
    worker: true,
    ...{ threads, signal, onNotice },
    onFrame: (index) => onProgress?.(index),
  });
}

/** Find the cuts of a clip, or make the frames of a stretch. */
async function makeFrames(job: Job): Promise<void> {
  const { share, film, piece, scene, kept, options } = job;
  const { threads, signal, onNotice } = options;
  const { preview } = film;
  const how = { preview, threads, worker: true, onNotice, signal };
  const prepared = await prepareRender(scene, {
    ...how,
    ...(await kept.forRender(scene.engine, onNotice)),
  });
  try {
    checkMemory(prepared, how);
    const files = await SceneFiles.read(scene, hashIn(share, film));
    const output = outputFile(share, film, piece.scene);
    const shared = { shared: true, parallel: true };
    const cache = await RenderCache.open(output, files, prepared, { ...how, ...shared });
    try {
      await checkKeys(job, cache);
      const make = piece.kind === "cuts" ? lookForCuts : dream;
      const tools = await kept.tools(scene.engine, prepared.plan, { preview });
      const end = await make(job, prepared, cache, tools);
      // One of several shots repeats its last picture instead.
      if (end !== undefined && isOneShot(prepared.plan))
        await writeEnd(share, film, piece.scene, end);
    } finally {
      await cache.close();
    }
  } finally {
    await prepared.dispose();
  }
}

/** Returns the number of frames if the source has ended earlier than planned. */
function lookForCuts(
  { piece, options: { signal, onProgress } }: Job,
  { plan, shots }: PreparedRender,
  cache: RenderCache,
  tools: Omit<StepTools, "dreamer">,
): Promise<number | undefined> {
  return findCuts(shots[piece.shot]!, tools, {
    kept: cache.checkpoints(piece.shot).cuts,
    hold: !isOneShot(plan),
    to: piece.to,
    signal,
    onLooked: onProgress,
  });
}

/** Returns the number of frames if the source has ended, earlier or later than planned. */
async function dream(
  { piece, options: { signal, onProgress, onFound } }: Job,
  prepared: PreparedRender,
  cache: RenderCache,
  tools: Omit<StepTools, "dreamer">,
): Promise<number | undefined> {
  const { plan } = prepared;
  const parts = partsOf(prepared, {
    wanted: (index) => !cache.frames.has(index),
    checkpoints: (shot) => cache.checkpoints(shot),
    signal,
  });
  const part = parts[piece.shot]!;
  const { frames } = part.shot.plan;
  // The last stretch of a clip goes on to the clip's own end.
  const to = piece.to === frames - 1 ? part.range.to : piece.to;
  const range = { ...part.range, from: piece.from, to };
  onFound?.(countStored(cache, part.shot.plan.offset, piece));
  const writer = new FrameWriter(cache, async (_, index) => onProgress?.(index), signal);
  let next: number;
  try {
    next = await dreamPart({ ...part, range }, tools, { plan, cache, writer });
  } finally {
    // What is dreamed is stored, whatever stopped the rest; an error of the dream counts more than one of this.
    await writer.finish().catch(() => {});
  }
  await writer.finish();
  return next <= to ? next : undefined;
}

function countStored(cache: RenderCache, offset: number, { from, to }: Piece): number {
  let stored = 0;
  for (let frame = from; frame <= to; frame++) if (cache.frames.has(offset + frame)) stored++;
  return stored;
}

/** Throws `FARM_UNLIKE` if this machine gives the piece's files other names than the machine that submitted the film. */
async function checkKeys({ share, film, piece }: Job, cache: RenderCache): Promise<void> {
  const { outline } = await readScene(share, film, piece.scene);
  const { offset, cuts } = outline.shots[piece.shot]!;
  const index = offset + piece.from;
  const isSame =
    cache.frames.nameOf(index) === outline.names[index] &&
    (cuts === undefined || cache.checkpoints(piece.shot).cuts.name === cuts.name);
  if (!isSame)
    throw unlike(film, "this machine would make other frames than the one that submitted the film");
}

/** Hashes of a film's inputs, which were checked as they were copied: only their lengths are looked at again. */
function hashIn(share: Share, film: FarmFilm): (file: string) => Promise<string> {
  const inputs = new Map(film.inputs.map((input) => [input.path, input]));
  const root = join(share.root, "inputs");
  return async (file) => {
    const input = inputs.get(relative(root, file).split(sep).join("/"));
    if (!input) return hashFile(file);
    const { size } = await stat(file);
    if (size === input.bytes) return input.sha256;
    throw new DreamError("SOURCE_CHANGED", "an input of the film has been changed in the share", {
      where: file,
      hint: "Submit the film again: its inputs are then copied again.",
    });
  };
}

function unlike(film: FarmFilm, message: string): DreamError {
  return new DreamError("FARM_UNLIKE", message, {
    where: film.id,
    hint: "Install the same version of dreamreel on all machines, or submit the film again.",
  });
}
