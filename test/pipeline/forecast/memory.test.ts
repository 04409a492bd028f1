import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeImage } from "../../../src/image/image.ts";
import { checkMemory, predictMemory, programBytes } from "../../../src/pipeline/forecast/memory.ts";
import { type PreparedRender, prepareRender } from "../../../src/pipeline/plan/prepare.ts";
import { renderStill } from "../../../src/pipeline/stills/still.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { commandArguments } from "../../helpers/command.ts";
import { ffmpeg, temporaryFolder } from "../../helpers/media.ts";
import { randomFrame } from "../../helpers/network.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

async function prepared(size: string, more = ""): Promise<PreparedRender> {
  // A source that opens quickly at any size, fed back as a picture.
  const source = `source: { lavfi: "color=gray:size=64x36" }\nfeedback: { warp: motion, amount: 1 }`;
  const text = `${source}\nduration: 2f\noutput: { file: x.mp4, size: ${size} }\n${more}`;
  return prepareRender(parseScene(text, { path: at("scene.yaml") }));
}

describe("predicted memory", () => {
  /** Maximum bytes of memory of a command, which runs in a process of its own and reports them. */
  function bytesTaken(...args: string[]): number {
    const code = `process.on("exit", () => process.stderr.write("MOST " + process.resourceUsage().maxRSS));`;
    writeFileSync(at("most.mjs"), code);
    const all = ["--import", at("most.mjs"), ...commandArguments(...args)];
    const { stderr } = spawnSync(process.execPath, all, { encoding: "utf8" });
    return 1024 * Number(/MOST (\d+)/.exec(stderr)?.[1]);
  }

  /** `predicted` bytes are within a fifth of those `taken`. */
  function expectNear(predicted: number, taken: number): void {
    expect(predicted / taken).toBeGreaterThan(0.8);
    expect(predicted / taken).toBeLessThan(1.2);
  }

  test("is within a fifth of what a render takes", async () => {
    const render = await prepared("640x360");
    const predicted = predictMemory(render);
    await render.dispose();
    writeFileSync(
      at("scene.yaml"),
      "source: { noise: {} }\nduration: 2f\noutput: { size: 640x360 }\n",
    );
    const taken = bytesTaken("render", at("scene.yaml"), "-o", at("x.mp4"), "--quiet");
    expectNear(predicted, taken);
  });

  test("is within a fifth of what one picture takes", async () => {
    const render = await prepared("800x600", "dream: { octaves: 1 }");
    const predicted = predictMemory(render, { solo: true });
    expect(predicted).toBeLessThan(predictMemory(render));
    await render.dispose();
    await writeImage(randomFrame(1, 60, 80), at("small.png"));
    const set = ["--size", "800x600", "--set", "octaves=1", "--set", "iterations=1"];
    const taken = bytesTaken("dream", at("small.png"), "-o", at("large.png"), ...set);
    expectNear(predicted, taken);
  });

  test("is within a fifth of what two shots at once take, whose threads do not share kernels", async () => {
    // With several frames each, the shots have their most memory at the same time, also where one begins late.
    const shots = `shots:
  - { source: { noise: { seed: 1 } }, duration: 3f }
  - { source: { noise: { seed: 2 } }, duration: 3f }
output: { file: ${at("two.mp4")}, size: 640x360 }
dream: { layers: creatures2, iterations: 1 }
`;
    writeFileSync(at("shots.yaml"), shots);
    const render = await prepareRender(parseScene(shots, { path: at("shots.yaml") }));
    const each = predictMemory(render, { worker: true }) - programBytes;
    expect(each).toBeGreaterThan(predictMemory(render) - programBytes);
    await render.dispose();
    const taken = bytesTaken("render", at("shots.yaml"), "--jobs", "2", "--quiet");
    expectNear(programBytes + 2 * each, taken);
  });

  test("that exceeds the machine's is an error before the first frame, with a size that fits", async () => {
    const render = await prepared("3840x2160", "dream: { tile: off }");
    try {
      expect(() => checkMemory(render, {}, 8e9)).toThrow(
        expect.objectContaining({
          code: "TOO_LARGE",
          message: expect.stringMatching(/3840x2160 needs about 1\d\.\d GB .* has 8\.0/),
          hint: expect.stringMatching(/Remove dream.tile: off, or set output.size to \d+x\d+/),
        }),
      );
      expect(() => checkMemory(render, {}, 64e9)).not.toThrow();
    } finally {
      await render.dispose();
    }
  });

  test("that is too large for one picture is an error before the dream, unless forced", async () => {
    const text = `source: { lavfi: "color=gray:size=64x36" }\nduration: 1f\noutput: { size: 16384x16384 }`;
    const scene = parseScene(`${text}\ndream: { tile: off }`, { path: at("scene.yaml") });
    const never = (): never => {
      throw new Error("begun");
    };
    await expect(renderStill(scene, at("x.png"), never, { maxBefore: 0 })).rejects.toMatchObject({
      code: "TOO_LARGE",
      hint: expect.stringMatching(/^Remove .* to \d+x\d+ or less \(dream: --size\)\. Use --force/),
    });
    await expect(
      renderStill(scene, at("x.png"), never, { maxBefore: 0, force: true }),
    ).rejects.toThrow("begun");
  });

  /** The prediction for a scene of 640x360 px at 10 frames per second. */
  async function predicted(yaml: string): Promise<number> {
    const text = `${yaml}\noutput: { file: x.mp4, size: 640x360, fps: 10 }\nfeedback: { warp: motion, amount: 1 }`;
    const render = await prepareRender(parseScene(text, { path: at("scene.yaml") }));
    try {
      return predictMemory(render);
    } finally {
      await render.dispose();
    }
  }

  test("includes what a loop keeps: a second of dreamed frames, and of all moving inputs", async () => {
    await writeImage(randomFrame(1, 36, 64), at("guide.png"));
    await ffmpeg(
      ...["-f", "lavfi", "-i", "testsrc2=size=64x36:rate=10:duration=4", "-c:v", "mpeg4"],
      at("matte.mkv"),
    );
    const picture = 12 * 640 * 360;
    const more = async (yaml: string): Promise<number> =>
      (await predicted(`${yaml}\nloop: true`)) - (await predicted(yaml));
    const moving = `source: { lavfi: "color=gray:size=64x36:rate=10" }\nduration: 4s`;
    expect(await more("source: { noise: {} }\nduration: 4s")).toBe(10 * picture);
    expect(await more(moving)).toBe(20 * picture);
    expect(await more(`${moving}\nmatte: guide.png`)).toBe(20 * picture);
    expect(await more(`${moving}\nmatte: matte.mkv`)).toBe(30 * picture);
  });

  test("includes the needs of later frames of a timeline", async () => {
    const noise = "source: { noise: {} }\nduration: 4s\ndream: { octaves: 1, jitter: 16 }";
    const jitter = (at: string, px: number): string => `{ at: ${at}, dream: { jitter: ${px} } }`;
    const plain = await predicted(noise);
    expect(await predicted(noise.replace("16", "400"))).toBe(plain);
    // Graphs compiled earlier stay in memory.
    expect(
      await predicted(`${noise}\ntimeline: [${jitter("20f", 16)}, ${jitter("21f", 400)}]`),
    ).toBeGreaterThan(plain + 50e6);
    const scale =
      "{ at: 0s, dream: { octaveScale: 1.2 } }, { at: 4s, dream: { octaveScale: 1.6 } }";
    const two = noise.replace("octaves: 1", "octaves: 2");
    // Each frame compiles an octave of another size.
    expect(await predicted(`${two}\ntimeline: [${scale}]`)).toBeGreaterThan(
      2 * ((await predicted(two)) - programBytes),
    );
  });

  // Maximum memory of `dreamreel dream` in MB, measured by the built program, with one step in each of four
  // octaves on two cores.
  test.each([
    ["motifs3", "640x360", 565],
    ["motifs3", "1280x720", 702],
    ["motifs3", "1920x1080", 810],
    ["motifs3", "3840x2160", 1180],
    ["creatures2", "640x360", 626],
    ["creatures2", "1280x720", 752],
    ["creatures2", "1920x1080", 872],
    ["creatures2", "3840x2160", 1149],
  ])(
    "of one picture is within 15 %% of the measurement for %s at %s",
    async (layer, size, megabytes) => {
      const text = `source: { noise: {} }\nduration: 1f\nfeedback: { amount: 0 }\noutput: { size: ${size} }\ndream: { layers: { ${layer}: 1 } }`;
      const render = await prepareRender(parseScene(text, { path: at("scene.yaml") }));
      const predicted = predictMemory(render, { solo: true }) / 1e6;
      await render.dispose();
      expect(Math.abs(predicted / megabytes - 1)).toBeLessThan(0.15);
    },
  );

  test("of tiles is a fraction of that of the whole picture", async () => {
    const [tiled, whole] = [
      await prepared("3840x2160"),
      await prepared("3840x2160", "dream: { tile: off }"),
    ];
    // Measured for a render of two frames with one step per octave: 1.21 GB.
    expect(predictMemory(tiled)).toBeGreaterThan(1.1e9);
    expect(predictMemory(tiled)).toBeLessThan(1.4e9);
    expect(predictMemory(whole)).toBeGreaterThan(4 * predictMemory(tiled));
    await tiled.dispose();
    await whole.dispose();
  });
});
