import { describe, expect, test } from "vitest";
import { sampleRate } from "../../src/audio/sound.ts";
import { findTempo } from "../../src/audio/tempo.ts";
import { latticeValue } from "../../src/hash.ts";

interface Track {
  readonly bpm: number;
  readonly first?: number;
  readonly seconds?: number;
  /** Amplitudes of the beats of a bar. */
  readonly accents?: readonly number[];
  /** Standard deviation of white noise. */
  readonly noise?: number;
  /** Amplitude of a hiss half-way between beats. */
  readonly between?: number;
}

/** Clicks of 1 kHz that fade within 20 ms. */
function clicks(track: Track): Float32Array {
  const { bpm, first = 0.24, seconds = 12, accents = [1], noise = 0, between = 0 } = track;
  const samples = new Float32Array(seconds * sampleRate);
  const beat = 60 / bpm;
  const add = (sec: number, sound: (age: number, i: number) => number): void => {
    const start = Math.round(sec * sampleRate);
    for (let i = 0; i < 0.1 * sampleRate && start + i < samples.length; i++)
      samples[start + i]! += sound(i / sampleRate, start + i);
  };
  for (let n = 0; first + n * beat < seconds; n++) {
    const loud = 0.8 * accents[n % accents.length]!;
    add(first + n * beat, (age) => loud * Math.sin(2000 * Math.PI * age) * Math.exp(-age / 0.005));
    add(
      first + (n + 0.5) * beat,
      (age, i) => between * latticeValue(i, 1, 0, 5) * Math.exp(-age / 0.01),
    );
  }
  return samples.map((v, i) => v + noise * Math.sqrt(3) * latticeValue(i, 0, 0, 7));
}

async function expectFound(track: Track, withinSec = 0.01): Promise<void> {
  const { bpm, first = 0.24 } = track;
  const found = await findTempo([clicks(track)]);
  if (!found) throw new Error("no tempo was found");
  expect(Math.abs(found.bpm / bpm - 1)).toBeLessThan(0.002);
  expect(Math.abs(found.offsetSec - first)).toBeLessThan(withinSec);
}

const tempi = Array.from({ length: 13 }, (_, i) => 60 + 10 * i);

describe("the tempo of a click track", () => {
  test.each(tempi)("of %d bpm is found within 0.2 %%, its first beat within 10 ms", async (bpm) => {
    await expectFound({ bpm, first: 0.24 });
  });

  test.each([61.7, 93.3, 127.9, 174.2])("of %d bpm is found", async (bpm) => {
    await expectFound({ bpm, first: 0.11 });
  });

  test.each([60, 90, 128, 180])("of %d bpm is found with accents", async (bpm) => {
    await expectFound({ bpm, accents: [1, 0.4, 0.6, 0.4] });
    await expectFound({ bpm, accents: [1, 0.3, 0.3] });
  });

  test.each([60, 90, 128, 180])("of %d bpm is found under noise", async (bpm) => {
    await expectFound({ bpm, noise: 0.05 }, 0.02);
    await expectFound({ bpm, noise: 0.1, accents: [1, 0.5, 0.7, 0.5] }, 0.02);
  });

  test.each([90, 120, 140])(
    "of %d bpm is found with a quieter sound between beats",
    async (bpm) => {
      await expectFound({ bpm, between: 0.1 });
    },
  );

  test("is found in a short track, and in tracks with an immediate or late start", async () => {
    await expectFound({ bpm: 120, seconds: 5 });
    await expectFound({ bpm: 120, first: 0 });
    await expectFound({ bpm: 100, first: 6.3 });
  });
});

test("silence, a tone and noise have no tempo", async () => {
  const length = 10 * sampleRate;
  const tone = Float32Array.from({ length }, (_, i) => 0.5 * Math.sin(i / 20));
  expect(await findTempo([new Float32Array(length)])).toBeUndefined();
  expect(await findTempo([new Float32Array(0)])).toBeUndefined();
  expect(await findTempo([tone])).toBeUndefined();
  expect(
    await findTempo([clicks({ bpm: 60, first: 99, seconds: 10, noise: 0.2 })]),
  ).toBeUndefined();
});
