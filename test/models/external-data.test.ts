import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openNetwork } from "../../src/models/open.ts";
import { temporaryFolder } from "../helpers/media.ts";
import { tinyNetwork } from "../helpers/network.ts";
import { splitOnnx } from "../helpers/split-onnx.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder.path, "net", "sub"), { recursive: true });
  await symlink(join(folder.path, "outside.bin"), join(folder.path, "net", "link.bin"));
});
afterAll(() => folder.remove());

const preprocess = { channels: "RGB", scale: "0..1", mean: [0, 0, 0], std: [1, 1, 1] } as const;

/** The tiny network with all weights moved to `location`; `cut` bytes are missing at the end. */
async function writeSplit(location: string, cut = 0): Promise<string> {
  const { model, data } = splitOnnx(tinyNetwork(3).graph, location);
  await writeFile(join(folder.path, "net", "weights.bin"), data.subarray(0, data.length - cut));
  await writeFile(join(folder.path, "outside.bin"), data);
  const file = join(folder.path, "net", "split.onnx");
  await writeFile(file, model);
  return file;
}

describe("a network with its weights in an external file", () => {
  test("is read as if the weights were inside", async () => {
    const network = await openNetwork({ file: await writeSplit("weights.bin"), preprocess });
    const own = [...tinyNetwork(3).graph.initializers.values()].map(({ data }) => [...data]);
    const read = [...network.graph.initializers.values()].map(({ data }) => [...data]);
    expect(read).toEqual(expect.arrayContaining(own));
  });

  test.each([
    ["outside its folder", "../outside.bin", 0, /outside its own folder/],
    ["by an absolute path", "/etc/hostname", 0, /outside its own folder/],
    ["behind a link that leads outside", "link.bin", 0, /link to outside/],
    ["that is a folder", "sub", 0, /not a file/],
    ["that is missing", "gone.bin", 0, /cannot be read/],
    ["that is truncated", "weights.bin", 4, /is shorter than/],
  ])("%s is refused", async (_, location, cut, says) => {
    const file = await writeSplit(location, cut);
    await expect(openNetwork({ file, preprocess })).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringMatching(says),
    });
  });
});
