import { rename, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FileMemory } from "../../src/disk/file-memory.ts";
import { temporaryFolder } from "../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

test("reads a file once for each way, and again when it is replaced by one of the same length and time", async () => {
  const memory = new FileMemory<string>();
  const file = join(folder.path, "clip");
  const time = new Date(1e12);
  const write = async (text: string): Promise<void> => {
    await writeFile(`${file}.new`, text);
    await utimes(`${file}.new`, time, time);
    await rename(`${file}.new`, file);
  };
  let reads = 0;
  const read = (how: string): Promise<string> =>
    memory.of(file, how, async () => `${how} ${++reads}`);
  await write("one");
  expect([await read("a"), await read("a"), await read("b")]).toEqual(["a 1", "a 1", "b 2"]);
  await write("two");
  expect(await read("a")).toBe("a 3");
});

test("reads again what is not lasting", async () => {
  const memory = new FileMemory<number>((found) => found > 0);
  const file = join(folder.path, "other");
  await writeFile(file, "x");
  await expect(memory.of(file, "", () => Promise.reject(new Error("busy")))).rejects.toThrow(
    "busy",
  );
  expect(await memory.of(file, "", async () => 0)).toBe(0);
  expect(await memory.of(file, "", async () => 4)).toBe(4);
  expect(await memory.of(file, "", async () => 5)).toBe(4);
});
