/** What the package holds. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

test("the package has every document that its messages name, and no map of sources that it lacks", async () => {
  const { stdout } = await execa(
    "npm",
    ["pack", "--dry-run", "--json", "--ignore-scripts", "--offline"],
    { cwd: root },
  );
  const packed: string[] = JSON.parse(stdout)[0].files.map(({ path }: { path: string }) => path);
  const sources = await readdir(join(root, "src"), { recursive: true });
  const texts = await Promise.all(
    sources
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFile(join(root, "src", name), "utf8")),
  );
  const named = new Set(texts.flatMap((text) => text.match(/\bdocs\/[\w-]+\.md/g) ?? []));
  expect(named.size).toBeGreaterThan(1);
  expect(packed).toEqual(expect.arrayContaining([...named]));
  const { compilerOptions } = JSON.parse(await readFile(join(root, "tsconfig.build.json"), "utf8"));
  expect(compilerOptions.sourceMap ?? false).toBe(false);
});
