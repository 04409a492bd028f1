/** The examples in docs/library.md. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeImage } from "../../src/image/image.ts";
import { temporaryFolder } from "../helpers/media.ts";
import { randomFrame } from "../helpers/network.ts";

const root = join(import.meta.dirname, "../..");
const entry = join(root, "src/index.ts");

interface Example {
  readonly title: string;
  readonly code: string;
  readonly isRun: boolean;
}

/** Each code block with the heading above it. */
async function readExamples(file: string): Promise<Example[]> {
  const sections = (await readFile(join(root, file), "utf8")).split(/^## /m).slice(1);
  return sections.flatMap((section) => {
    const heading = section.split("\n")[0]!;
    return [...section.matchAll(/```ts( no-run)?\n([\s\S]*?)```/g)].map(([, skip, code], i) => ({
      title: `${heading} ${i + 1}`,
      code: code!,
      isRun: !skip,
    }));
  });
}

const examples = [
  ...(await readExamples("docs/library.md")),
  ...(await readExamples("README.md")).filter(({ title }) => title.startsWith("Library")),
];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeImage(randomFrame(1, 32, 48), join(folder.path, "photo.jpg"));
  const scene =
    "source: { image: photo.jpg }\nduration: 3f\ndream: { octaves: 1, iterations: 1 }\n";
  await writeFile(join(folder.path, "scene.yaml"), scene);
});
afterAll(() => folder.remove());

describe("examples of the library", () => {
  test("exist, and nearly all are run", () => {
    expect(examples.length).toBeGreaterThan(7);
    expect(examples.filter(({ isRun }) => !isRun)).toHaveLength(1);
  });

  test("compile under strict options", () => {
    const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
    const names = examples.map((_, i) => join(root, `example-${i}.mts`));
    const all = {
      ...options,
      lib: [...(options.lib ?? []), "lib.esnext.disposable.d.ts"],
      paths: { dreamreel: [entry] },
    };
    const host = ts.createCompilerHost(all);
    const { readFile: read, fileExists, getSourceFile } = host;
    const textOf = (name: string): string | undefined => examples[names.indexOf(name)]?.code;
    host.readFile = (name) => textOf(name) ?? read(name);
    host.fileExists = (name) => textOf(name) !== undefined || fileExists(name);
    host.getSourceFile = (name, target, ...rest) => {
      const text = textOf(name);
      return text === undefined
        ? getSourceFile(name, target, ...rest)
        : ts.createSourceFile(name, text, target);
    };
    const program = ts.createProgram(names, all, host);
    const problems = names.flatMap((name) =>
      ts.getPreEmitDiagnostics(program, program.getSourceFile(name)),
    );
    expect(
      problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
    ).toEqual([]);
  });

  test.each(examples.filter(({ isRun }) => isRun))("run: $title", async ({ title, code }) => {
    const file = join(folder.path, `${title.replaceAll(" ", "-")}.mjs`);
    const built = pathToFileURL(join(root, "dist/index.js"));
    const { outputText } = ts.transpileModule(
      code.replaceAll('from "dreamreel"', `from "${built}"`),
      { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } },
    );
    await writeFile(file, outputText);
    const { stderr } = await execa(process.execPath, [file], { cwd: folder.path });
    expect(stderr).toBe("");
  });
});
