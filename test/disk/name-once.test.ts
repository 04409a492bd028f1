import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { nameOnce } from "../../src/disk/name-once.ts";
import { temporaryFolder } from "../helpers/media.ts";

let hasLinks = true;
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const link: typeof real.link = async (from, to) => {
    if (hasLinks) return real.link(from, to);
    throw Object.assign(new Error("no links"), { code: "EPERM" });
  };
  return { ...real, link };
});
afterEach(() => {
  hasLinks = true;
});

test.each([true, false])("a name goes to one of several files, hard links: %s", async (links) => {
  hasLinks = links;
  const folder = await temporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  const given = ["one", "two", "three"];
  for (const name of given) await writeFile(at(name), name);
  const results = await Promise.allSettled(given.map((name) => nameOnce(at(name), at("final"))));
  const winners = given.filter((_, i) => results[i]!.status === "fulfilled");
  expect(winners).toHaveLength(1);
  expect(await readFile(at("final"), "utf8")).toBe(winners[0]);
  for (const result of results)
    if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "EEXIST" });
  // The others keep their files.
  expect(await readdir(folder.path)).toEqual(
    expect.arrayContaining(given.filter((name) => name !== winners[0])),
  );
  await folder.remove();
});
