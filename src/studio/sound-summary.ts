/** The sound of a film, to be drawn. */

import { stat } from "node:fs/promises";
import { relative, sep } from "node:path";
import { decodeSound, probeSound, sampleRate } from "../audio/sound.ts";
import { analyseSound } from "../audio/sound-levels.ts";
import { openShotSource } from "../pipeline/plan/inputs.ts";
import type { Beats } from "../scene/clock.ts";
import { toNumber } from "../video/rational.ts";
import type { SoundPart } from "../video/source.ts";
import type { SoundSummary } from "./api-scene.ts";
import type { SceneNow } from "./calls.ts";
import type { Workshop } from "./workshop.ts";

/** Pairs of lowest and highest sample. */
const pairs = 2000;
/** Samples of the pieces that peaks are first taken over. */
const piece = 512;

type Heard = Pick<SoundSummary, "durationSec" | "peaks" | "beats">;
const known = new Map<string, Promise<Heard>>();

/**
 * The scene's sound, or that of its only clip; null where there is none. Each file is read once. Its beats are those that
 * the scene counts by, else what is heard.
 */
export async function summariseSound(
  workshop: Workshop,
  now: SceneNow,
  signal: AbortSignal,
): Promise<SoundSummary | null> {
  const { scene, prepared } = await workshop.layout(now);
  let part: SoundPart | undefined;
  if (scene.audio) {
    const sound = await probeSound(scene.audio.file);
    part = { sound, startSec: 0, endSec: sound.durationSec };
  } else if (!scene.shots && scene.source.type === "video") {
    const source = await openShotSource(scene, {});
    await source.close();
    part = source.audio;
  }
  if (!part) return null;
  const heard = part.sound.file;
  const info = await stat(heard);
  const key = `${heard} ${info.size} ${info.mtimeMs} ${part.startSec} ${part.endSec}`;
  const summary = known.get(key) ?? listen(part, signal);
  known.set(key, summary);
  summary.catch(() => known.delete(key));
  const path = relative(now.folder, heard).split(sep).join("/");
  const { beats, ...rest } = await summary;
  const { plan } = prepared;
  return {
    ...(path.startsWith("..")
      ? {}
      : { url: `/api/media?path=${encodeURIComponent(path)}&v=${Math.round(info.mtimeMs)}` }),
    startSec: part.startSec,
    ...rest,
    ...(plan.beats
      ? countedBeats(plan.beats, plan.frames / toNumber(plan.fps))
      : { beats: beats.map((beat) => beat - part.startSec) }),
  };
}

/** Beats of a tempo from the film's start to its end, s. */
function countedBeats(
  { bpm, beatsPerBar, firstSec }: Beats,
  durationSec: number,
): Pick<SoundSummary, "bpm" | "beatsPerBar" | "beats"> {
  const count = Math.max(0, Math.floor(((durationSec - firstSec) * bpm) / 60) + 1);
  const beats = Array.from({ length: count }, (_, i) => firstSec + (i * 60) / bpm);
  return { bpm, beatsPerBar, beats };
}

async function listen({ sound, startSec, endSec }: SoundPart, signal: AbortSignal): Promise<Heard> {
  const lows: number[] = [];
  const highs: number[] = [];
  async function* tapped(): AsyncGenerator<Float32Array> {
    let [low, high, count] = [0, 0, 0];
    for await (const samples of decodeSound(sound, startSec, endSec, signal)) {
      for (const sample of samples) {
        if (sample < low) low = sample;
        if (sample > high) high = sample;
        if (++count < piece) continue;
        lows.push(low);
        highs.push(high);
        [low, high, count] = [0, 0, 0];
      }
      yield samples;
    }
  }
  const { durationSec, beats } = await analyseSound(tapped(), {
    attackSec: 0.01,
    releaseSec: 0.25,
  });
  return { durationSec, beats, peaks: thin(lows, highs, (durationSec * sampleRate) / piece) };
}

/** Lowest and highest sample in turn, at most `pairs` of them. */
function thin(lows: readonly number[], highs: readonly number[], length: number): number[] {
  const count = Math.min(pairs, lows.length);
  const round = (value: number): number => Math.round(value * 1000) / 1000;
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * Math.min(length, lows.length)) / count);
    const to = Math.max(from + 1, Math.floor(((i + 1) * Math.min(length, lows.length)) / count));
    return [round(Math.min(...lows.slice(from, to))), round(Math.max(...highs.slice(from, to)))];
  }).flat();
}
