import { appendFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RenderOptions } from "../../../src/pipeline/render/render-options.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { ffmpeg, temporaryFolder } from "../../helpers/media.ts";
import { renderKept } from "../../helpers/render.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

function render(scene: string, output: string, options?: RenderOptions): Promise<unknown> {
  const text = `source: { noise: {} }\nduration: 2f\ndream: { iterations: 0 }\noutput: { file: ${output}, size: 16x16 }`;
  return renderKept(parseScene(text, { path: at(scene) }), options);
}

const refused = { code: "OUTPUT_EXISTS" };

describe("an existing output", () => {
  test.each(["video.mp4", "moving.gif", "frames/"])(
    "%s is replaced by a render of the same scene only",
    async (output) => {
      await render("ocean.yaml", output);
      await render("ocean.yaml", output);
      await expect(render("desert.yaml", output)).rejects.toMatchObject({
        ...refused,
        message: expect.stringMatching(/made from ocean\.yaml/),
      });
      await render("desert.yaml", output, { force: true });
    },
  );

  test("of a whole render is not replaced by a preview or a part of it", async () => {
    await render("ocean.yaml", "whole.mp4");
    const own = { preview: true, output: at("whole.mp4") };
    await expect(render("ocean.yaml", "whole.mp4", own)).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(/whole render, which a preview would replace/),
    });
    await expect(render("ocean.yaml", "whole.mp4", { frames: [0, 0] })).rejects.toMatchObject(
      refused,
    );
    await render("ocean.yaml", "part.mp4", { frames: [0, 0] });
    await render("ocean.yaml", "part.mp4", { frames: [1, 1] });
    await render("ocean.yaml", "part.mp4");
  });

  test("that dreamreel did not make is not replaced", async () => {
    await ffmpeg("-f", "lavfi", "-i", "color=size=64x36:rate=5:duration=1", at("theirs.mp4"));
    await writeFile(at("notes.mp4.json"), "{}");
    await mkdir(at("numbered"));
    await writeFile(at("numbered/00000.png"), "theirs");
    const before = await readFile(at("theirs.mp4"));
    for (const output of ["theirs.mp4", "notes.mp4", "numbered/"])
      await expect(render("ocean.yaml", output)).rejects.toMatchObject(refused);
    expect(await readFile(at("theirs.mp4"))).toEqual(before);
    expect(await readFile(at("notes.mp4.json"), "utf8")).toBe("{}");
    expect(await readFile(at("numbered/00000.png"), "utf8")).toBe("theirs");
  });

  test("that is an empty folder or file is replaced", async () => {
    await mkdir(at("empty"));
    await writeFile(at("empty.mp4"), "");
    await render("ocean.yaml", "empty/");
    await render("ocean.yaml", "empty.mp4");
    await rm(at("empty"), { recursive: true });
  });

  test.each(["killed/", "killed.gif"])(
    "%s of a process that was killed before it wrote the sidecar gets it from the next render",
    async (output) => {
      const sidecar = at(`${output.replace("/", "")}.json`);
      await render("ocean.yaml", output);
      const text = await readFile(sidecar, "utf8");
      const killed = async (): Promise<void> => {
        const work = sidecar.replace(".json", ".work");
        await mkdir(work, { recursive: true });
        await rename(sidecar, join(work, "unfinished.json"));
      };
      await killed();
      expect(await render("ocean.yaml", output)).toMatchObject({ upToDate: true });
      expect(await readFile(sidecar, "utf8")).toBe(text);

      await killed();
      await appendFile(output.endsWith("/") ? at(`${output}00001.png`) : at(output), "theirs");
      if (output.endsWith("/"))
        await expect(render("ocean.yaml", output)).rejects.toMatchObject(refused);
    },
  );
});
