/** Renders of a clip with `farm.split`; test/farm/pieces/exact.test.ts compares them with those of a farm. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { workFolderOf } from "../../../src/pipeline/cache/cache-folder.ts";
import { renderScene } from "../../../src/pipeline/render/render.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { framesIn } from "../../helpers/farm.ts";
import { ffmpeg, temporaryFolder } from "../../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
beforeAll(async () => {
  folder = await temporaryFolder();
  // A cut at frame 9, within the second piece.
  await ffmpeg(
    ...["-f", "lavfi", "-i", "testsrc2=size=48x32:rate=8"],
    ...["-f", "lavfi", "-i", "mandelbrot=size=48x32:rate=8:start_scale=0.5"],
    "-filter_complex",
    "[0]trim=end_frame=9[a];[1]trim=end_frame=7[b];[a][b]concat=n=2:v=1",
    ...["-c:v", "ffv1", at("clip.mkv")],
  );
});
afterAll(() => folder.remove());

interface Rendered {
  /** Contents of the finished frames by their numbers. */
  readonly frames: Readonly<Record<string, string>>;
  readonly notices: readonly string[];
  readonly dreamed: number;
}

async function render(
  name: string,
  farm: string,
  range?: readonly [number, number],
  jobs = 1,
): Promise<Rendered> {
  const text = `source: clip.mkv
dream: { layers: { edges: 1 }, octaves: 1, iterations: 1, jitter: 4 }
feedback: { amount: 0.7 }
output: { file: ${name}.mkv, fps: 8, keepFrames: true }
${farm}`;
  const scene = parseScene(text, { path: at(`${name}.yaml`) });
  const notices: string[] = [];
  const { file, dreamed } = await renderScene(scene, {
    ...{ engine: "cpu", threads: 1, jobs },
    ...(range ? { frames: range } : {}),
    onNotice: (notice) => notices.push(notice),
  });
  const named = Object.entries(await framesIn(workFolderOf(file, false)));
  const frames = Object.fromEntries(named.map(([file, content]) => [file.slice(6, 12), content]));
  return { frames, notices, dreamed };
}

const farm = "farm: { split: 6f, preroll: 3f }";
const first = (frames: Rendered["frames"], count: number): string[] =>
  Object.keys(frames)
    .sort()
    .slice(0, count)
    .map((name) => frames[name]!);

describe("a clip with farm.split", { timeout: 120_000 }, () => {
  test("differs from the whole only after its first piece, and says by how much its sides differ", async () => {
    const whole = await render("whole", "");
    const split = await render("split", farm);
    expect(Object.keys(split.frames)).toEqual(Object.keys(whole.frames));
    expect(Object.keys(split.frames)).toHaveLength(16);
    expect(first(split.frames, 3)).toEqual(first(whole.frames, 3));
    expect(first(split.frames, 4)[3]).not.toEqual(first(whole.frames, 4)[3]);
    // Two cross-fades of three frames.
    expect([whole.dreamed, split.dreamed]).toEqual([16, 22]);
    const [seams, ...others] = split.notices.filter((notice) => /^farm.split: /.test(notice));
    expect(others).toEqual([]);
    expect(seams).toMatch(
      /by [1-9][\d.]* of 255 \([\d.]+ times .*\) at (?:0.75|1.50) s, by .* of 255/,
    );
    expect(split.notices.join()).toMatch(
      /farm.split makes 3 independent pieces.* 6 frames are dreamed twice/,
    );
    expect(whole.notices.join()).not.toMatch(/farm.split/);
  });

  test("gives the same frames where only a part is rendered, and dreams no other pieces", async () => {
    const split = await render("split", farm);
    const part = await render("part", farm, [12, 14]);
    const numbers = ["000012", "000013", "000014"];
    for (const number of numbers) expect(part.frames[number]).toEqual(split.frames[number]);
    // The last piece from its pre-roll on.
    expect(part.dreamed).toBe(6);
  });
});
