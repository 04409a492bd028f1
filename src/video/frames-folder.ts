import { mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { recoverFolder, replaceFolder } from "../disk/replace-folder.ts";
import { placeHint, writeAtomically, writeError } from "../disk/write-atomically.ts";
import { DreamError } from "../errors.ts";
import { toPng } from "../image/image.ts";
import { type FrameSink, makeFolder, type SinkOptions, unfinished } from "./sink.ts";

const frameName = /^\d{5,}\.png$/;

/**
 * PNG frames 00000.png, 00001.png …, or numbered from `first`. They are collected in the render cache and moved to
 * the folder when complete, so frames of different runs never mix. A folder that contains anything but numbered
 * frames is refused: `OUTPUT_EXISTS`.
 */
export async function openFolder(
  folder: string,
  { size, work, comment, first = 0 }: SinkOptions,
): Promise<FrameSink> {
  const final = resolve(folder);
  await makeFolder(dirname(final), folder);
  await refuseForeign(final, folder);
  const temporary = join(work, unfinished);
  const aside = join(work, "replaced");
  await recoverFolder(final, aside);
  await mkdir(temporary).catch((cause: unknown) => {
    throw writeError(cause, folder, placeHint);
  });
  let count = first;
  return {
    async write(pixels) {
      const name = `${String(count++).padStart(5, "0")}.png`;
      await writeAtomically(await toPng(pixels, size, comment), join(temporary, name));
    },
    async finish(onWhole) {
      await refuseForeign(final, folder);
      await onWhole?.(temporary);
      try {
        await replaceFolder(temporary, final, aside);
      } catch (cause) {
        throw writeError(cause, folder, placeHint);
      }
    },
    async abort() {
      await rm(temporary, { recursive: true, force: true });
    },
  };
}

async function refuseForeign(final: string, folder: string): Promise<void> {
  const foreign = (await listOr(final, folder)).find((name) => !frameName.test(name));
  if (foreign === undefined) return;
  throw new DreamError(
    "OUTPUT_EXISTS",
    `the output folder contains "${foreign}", which dreamreel did not write`,
    {
      where: folder,
      hint: "Choose an empty folder, or one that contains only numbered frames.",
    },
  );
}

async function listOr(final: string, folder: string): Promise<string[]> {
  try {
    return await readdir(final);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw writeError(cause, folder, "Choose another name.");
  }
}
