/** What a sound does over time, as numbers to animate by. */
import { BeatFinder, lastBefore } from "./beats.ts";
import { NumberList } from "./number-list.ts";
import { sampleRate } from "./sound.ts";
import { Spectra } from "./spectrum.ts";

/** Each 0..1. */
interface Levels {
  readonly level: number;
  readonly bass: number;
  readonly mid: number;
  readonly treble: number;
  readonly beat: number;
}

export interface SoundAnalysis {
  readonly durationSec: number;
  /** Times of the beats, s. */
  readonly beats: readonly number[];
  /** What is heard from `fromSec` to `toSec`: means of the levels, and the strongest of the beat. */
  between(fromSec: number, toSec: number): Levels;
}

const size = 2048;
/** Ten milliseconds. */
const hop = sampleRate / 100;
/** Where the bands meet, Hz; the ends of what is heard. */
const edges = [20, 200, 2000, 16000] as const;
/** A band as loud as this part of its time is at 1: its loudest moments, without a single crack. */
const full = 0.98;
/** No band is made louder than this share of the loudest, nor than this of full scale: silence stays silence. */
const [minOfLoudest, minOfFull] = [0.04, 0.001];

/**
 * Analyse a stream of mono samples at `sampleRate`, of which only the levels are kept. Levels are root mean squares, each
 * against its own loudest moments; they rise within `attackSec` and fall within `releaseSec` (time constants), as does the
 * beat.
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
  const smooth = bands.map((band, i) =>
    follow(
      band.map((v) => Math.min(1, v / Math.max(loud[i]!, min))),
      attackSec,
      releaseSec,
    ),
  );
  return {
    durationSec: length / sampleRate,
    beats,
    between(fromSec, toSec) {
      const [first, last] = [fromSec, toSec].map((sec) => Math.round(sec * 100)) as [
        number,
        number,
      ];
      const mean = (band: Float64Array): number => {
        const part = band.subarray(Math.max(0, first), Math.max(0, first + 1, last));
        return part.length === 0 ? 0 : part.reduce((a, b) => a + b, 0) / part.length;
      };
      const [level, bass, mid, treble] = smooth.map(mean) as [number, number, number, number];
      const beat = lastBefore(beats, toSec);
      const since = beat === undefined ? Number.POSITIVE_INFINITY : Math.max(0, fromSec - beat);
      return { level, bass, mid, treble, beat: Math.exp(-since / Math.max(releaseSec, 1e-3)) };
    },
  };
}

/** An envelope: quick to rise, slow to fall. */
function follow(values: Float64Array, attackSec: number, releaseSec: number): Float64Array {
  const share = (sec: number): number => (sec > 0 ? 1 - Math.exp(-0.01 / sec) : 1);
  const [up, down] = [share(attackSec), share(releaseSec)];
  let now = 0;
  return values.map((value) => {
    now += (value - now) * (value > now ? up : down);
    return now;
  });
}
