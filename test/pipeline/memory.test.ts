import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkMemory, predictMemory } from "../../src/pipeline/memory.ts";
import { type PreparedRender, prepareRender } from "../../src/pipeline/prepare.ts";
import { parseScene } from "../../src/scene/parse.ts";
import { commandArguments } from "../helpers/command.ts";
import { temporaryFolder } from "../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

async function prepared(size: string, more = ""): Promise<PreparedRender> {
  // Quick to open, however large; fed back as one picture is.
  const source = `source: { lavfi: "color=gray:size=64x36" }\nfeedback: { warp: motion, amount: 1 }`;
  const text = `${source}\nduration: 2f\noutput: { file: x.mp4, size: ${size} }\n${more}`;
  return prepareRender(parseScene(text, { path: at("scene.yaml") }));
}

describe("predicted memory", () => {
  test("is what a render takes, within a fifth", async () => {
    const render = await prepared("640x360");
    const predicted = predictMemory(render);
    await render.dispose();
    // A process of its own that says how much it took at most.
    const code = `process.on("exit", () => process.stderr.write("MOST " + process.resourceUsage().maxRSS));`;
    const [tsx, loader, main, ...args] = commandArguments(
      ...["render", "-", "-o", at("x.mp4"), "--quiet"],
    );
    writeFileSync(
      at("scene.yaml"),
      "source: { noise: {} }\nduration: 2f\noutput: { size: 640x360 }\n",
    );
    writeFileSync(at("most.mjs"), code);
    const { stderr } = spawnSync(
      process.execPath,
      [
        tsx!,
        loader!,
        "--import",
        at("most.mjs"),
        main!,
        ...args.map((a) => (a === "-" ? at("scene.yaml") : a)),
      ],
      { encoding: "utf8" },
    );
    const taken = 1024 * Number(/MOST (\d+)/.exec(stderr)?.[1]);
    expect(Math.abs(predicted / taken - 1)).toBeLessThan(0.2);
  });

  test("too large for a machine is refused before the first frame, with a size that fits", async () => {
    const render = await prepared("3840x2160", "dream: { tile: off }");
    try {
      expect(() => checkMemory(render, {}, 8e9)).toThrow(
        expect.objectContaining({
          code: "TOO_LARGE",
          message: expect.stringMatching(/3840x2160 would take about 1\d\.\d GB .* has 8\.0/),
          hint: expect.stringMatching(/dream.tile: off out, or set output.size to \d+x\d+/),
        }),
      );
      expect(() => checkMemory(render, {}, 64e9)).not.toThrow();
    } finally {
      await render.dispose();
    }
  });

  test("of tiles is a fraction of the whole's", async () => {
    const [tiled, whole] = [
      await prepared("3840x2160"),
      await prepared("3840x2160", "dream: { tile: off }"),
    ];
    expect(predictMemory(tiled)).toBeLessThan(2.5e9);
    expect(predictMemory(whole)).toBeGreaterThan(4 * predictMemory(tiled));
    await tiled.dispose();
    await whole.dispose();
  });
});
