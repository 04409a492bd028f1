/** Measures the levels and beats of a sound over time, for use in animation. */
import { BeatFinder, lastBefore } from "./beats.ts";
import { NumberList } from "./number-list.ts";
import { sampleRate } from "./sound.ts";
import { Spectra } from "./spectrum.ts";

/** Each value is 0..1. */
interface Levels {
  readonly level: number;
  readonly bass: number;
  readonly mid: number;
  readonly treble: number;
  readonly beat: number;
}

/** A sound, as `levelsBetween` reads it. */
export interface SoundAnalysis {
  readonly durationSec: number;
  /** Times of the beats, s. */
  readonly beats: readonly number[];
  /** Time constant in which a beat fades, s. */
  readonly releaseSec: number;
  /** A hundred values a second, each 0..1. */
  readonly bands: Readonly<Record<"level" | "bass" | "mid" | "treble", Float64Array>>;
}

const size = 2048;
/** 10 ms. */
const hop = sampleRate / 100;
/** Edges of the bands bass, mid and treble, Hz. */
const edges = [20, 200, 2000, 16000] as const;
/** Quantile of a band's level that becomes 1. It is less than 1 so that a single click does not count. */
const full = 0.98;
/** Lower bounds for the reference level of a band, as shares of the loudest band and of full scale: silence stays silent. */
const [minOfLoudest, minOfFull] = [0.04, 0.001];

/**
 * Analyse a stream of mono samples, −1..1 at `sampleRate`. Only the levels are kept in memory. Each level is the root mean
 * square of its band relative to the band's loudest moments. `attackSec` and `releaseSec` are the time constants of its
 * rise and fall; a beat decays with `releaseSec`.
 */
export async function analyseSound(
  pieces: AsyncIterable<Float32Array> | Iterable<Float32Array>,
  { attackSec, releaseSec }: { readonly attackSec: number; readonly releaseSec: number },
): Promise<SoundAnalysis> {
  const lists = [0, 1, 2, 3].map(() => new NumberList());
  const limits = edges.map((hz) => Math.round((hz * size) / sampleRate));
  const spectra = new Spectra(size, hop, (magnitudes) => {
    let whole = 0;
    for (let band = 1; band <= 3; band++) {
      let energy = 0;
      for (let k = Math.max(1, limits[band - 1]!); k < limits[band]!; k++)
        energy += magnitudes[k]! ** 2;
      lists[band]!.push(Math.sqrt(energy));
      whole += energy;
    }
    lists[0]!.push(Math.sqrt(whole));
  });
  const finder = new BeatFinder();
  let length = 0;
  for await (const samples of pieces) {
    length += samples.length;
    spectra.push(samples);
    finder.push(samples);
  }
  spectra.finish();
  const beats = finder.finish();
  const bands = lists.map((list) => list.values());
  const count = bands[0]!.length;
  const loud = bands.map(
    (band) => Float64Array.from(band).sort()[Math.floor(full * (count - 1))] ?? 0,
  );
  const min = Math.max(minOfFull, minOfLoudest * Math.max(...loud));
  const [level, bass, mid, treble] = bands.map((band, i) =>
    follow(
      band.map((v) => Math.min(1, v / Math.max(loud[i]!, min))),
      attackSec,
      releaseSec,
    ),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const durationSec = length / sampleRate;
  return { durationSec, beats, releaseSec, bands: { level, bass, mid, treble } };
}

/** The means of the levels from `fromSec` to `toSec`, and the maximum of the beat's decay. */
export function levelsBetween(
  { bands, beats, releaseSec }: SoundAnalysis,
  fromSec: number,
  toSec: number,
): Levels {
  const [first, last] = [Math.round(fromSec * 100), Math.round(toSec * 100)];
  const mean = (band: Float64Array): number => {
    const part = band.subarray(Math.max(0, first), Math.max(0, first + 1, last));
    return part.length === 0 ? 0 : part.reduce((a, b) => a + b, 0) / part.length;
  };
  const beat = lastBefore(beats, toSec);
  const since = beat === undefined ? Number.POSITIVE_INFINITY : Math.max(0, fromSec - beat);
  return {
    level: mean(bands.level),
    bass: mean(bands.bass),
    mid: mean(bands.mid),
    treble: mean(bands.treble),
    beat: Math.exp(-since / Math.max(releaseSec, 1e-3)),
  };
}

/** An envelope follower with separate time constants for rise and fall. */
function follow(values: Float64Array, attackSec: number, releaseSec: number): Float64Array {
  const share = (sec: number): number => (sec > 0 ? 1 - Math.exp(-0.01 / sec) : 1);
  const [up, down] = [share(attackSec), share(releaseSec)];
  let now = 0;
  return values.map((value) => {
    now += (value - now) * (value > now ? up : down);
    return now;
  });
}
