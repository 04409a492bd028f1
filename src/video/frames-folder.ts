import { mkdtemp, readdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { writeWhole } from "../disk/whole-file.ts";
import { DreamError, messageOf } from "../errors.ts";
import { type Size, toPng } from "./image.ts";
import { type FrameSink, makeFolder } from "./sink.ts";

const frameName = /^\d{5,}\.png$/;

/**
 * PNG frames 00000.png, 00001.png … They are collected in a folder beside and swapped in when complete,
 * so frames of an earlier run never mix with these. A folder that holds anything but numbered frames is
 * refused: `OUTPUT_EXISTS`.
 */
export async function openFolder(folder: string, size: Size): Promise<FrameSink> {
  const final = resolve(folder);
  await makeFolder(dirname(final), folder);
  await refuseForeign(final, folder);
  let temporary: string;
  try {
    temporary = await mkdtemp(join(dirname(final), `.${basename(final)}.partial-`));
  } catch (cause) {
    throw new DreamError(
      "OUTPUT_UNWRITABLE",
      `cannot write beside the output folder: ${messageOf(cause)}`,
      { where: folder, hint: "Choose a place you may write to.", cause },
    );
  }
  let count = 0;
  return {
    async write(pixels) {
      const name = `${String(count++).padStart(5, "0")}.png`;
      await writeWhole(await toPng(pixels, size), join(temporary, name));
    },
    async finish() {
      await refuseForeign(final, folder);
      for (const name of await listOr(final)) await rm(join(final, name));
      await rmdir(final).catch(() => {});
      await rename(temporary, final);
    },
    async abort() {
      await rm(temporary, { recursive: true, force: true });
    },
  };
}

async function refuseForeign(final: string, folder: string): Promise<void> {
  const foreign = (await listOr(final)).find((name) => !frameName.test(name));
  if (foreign === undefined) return;
  throw new DreamError(
    "OUTPUT_EXISTS",
    `the output folder holds "${foreign}", which dreamreel did not write`,
    {
      where: folder,
      hint: "Choose an empty folder, or one that holds numbered frames only.",
    },
  );
}

async function listOr(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new DreamError(
      "OUTPUT_UNWRITABLE",
      `the output is not a folder that can be read: ${messageOf(cause)}`,
      { where: folder, hint: "Choose another name.", cause },
    );
  }
}
