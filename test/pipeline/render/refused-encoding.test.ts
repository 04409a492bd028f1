/** An ffmpeg that has the encoder and fails with it. */
import { chmod, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import installer from "@ffmpeg-installer/ffmpeg";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { renderScene } from "../../../src/pipeline/render/render.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { temporaryFolder } from "../../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());
afterEach(() => {
  vi.unstubAllEnvs();
});

test.skipIf(process.platform === "win32")(
  "a trial that fails stops the dream, and is the error",
  async () => {
    const program = join(folder.path, "ffmpeg");
    const refuse = `case "$*" in *rawvideo*) echo "no device of that kind" >&2; exit 1;; esac`;
    await writeFile(program, `#!/bin/sh\n${refuse}\nexec "${installer.path}" "$@"\n`);
    await chmod(program, 0o755);
    vi.stubEnv("FFMPEG_PATH", program);
    const text = `source: { noise: { seed: 2 } }
output: { size: 96x64, fps: 8 }
duration: 200f
dream: { layers: { edges: 1 }, octaves: 1, iterations: 1 }
`;
    const output = join(folder.path, "film.mp4");
    let made = 0;
    const rendered = renderScene(parseScene(text, { path: join(folder.path, "scene.yaml") }), {
      output,
      onProgress: ({ done }) => {
        made = done;
      },
    });
    await expect(rendered).rejects.toMatchObject({
      code: "FFMPEG_FAILED",
      message: expect.stringContaining("no device of that kind"),
    });
    expect(made).toBeLessThan(100);
    expect(await readdir(folder.path)).not.toContain("film.mp4");
  },
);
