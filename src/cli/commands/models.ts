import { stat } from "node:fs/promises";
import { bundledNames, openBundled } from "../../models/bundled.ts";
import { cachedPath, cacheFolder, removeCached } from "../../models/cache.ts";
import { findEntry, readCatalogue } from "../../models/catalogue.ts";
import { pull } from "../../models/download.ts";
import { interruptible } from "../terminal/interrupt.ts";
import { type AddCommand, type CommonOptions, printResult, table } from "../terminal/output.ts";
import { bytesPrinter } from "../terminal/progress.ts";

/** `dreamreel models list | pull | path | remove` */
export function addModels(command: AddCommand): void {
  const models = command("models").description("manage the networks that dreamreel knows by name");
  models
    .command("list", { isDefault: true })
    .description("list the networks")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExample:\n  dreamreel models list")
    .action(list);
  models
    .command("pull <name>")
    .description("download a network, or resume an interrupted download")
    .option("--json", "result and progress as JSON")
    .option("--quiet", "no progress")
    .addHelpText("after", "\nExample:\n  dreamreel models pull googlenet")
    .action(pullOne);
  models
    .command("path <name>")
    .description("print the path of a network's file")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExample:\n  dreamreel models path googlenet")
    .action(async (name: string, options: CommonOptions) => {
      const file = bundledNames.includes(name)
        ? (await openBundled(name)).file
        : cachedPath(await findEntry(name));
      printResult({ file }, file, options);
    });
  models
    .command("remove <name>")
    .description("delete a network's file from the cache")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExample:\n  dreamreel models remove vgg19")
    .action(async (name: string, options: CommonOptions) => {
      const removed = await removeCached(await findEntry(name));
      printResult(
        { removed },
        removed ? `removed ${name}` : `${name} is not in the cache`,
        options,
      );
    });
}

async function list(options: CommonOptions): Promise<void> {
  const bundled = await Promise.all(bundledNames.map(openBundled));
  const rows = [
    ...(await Promise.all(
      bundled.map(async ({ card, file }) => ({
        name: card.name,
        state: "bundled",
        megabytes: Math.ceil((await stat(file)).size / 1e6),
        license: "MIT",
        about: card.about,
        file,
      })),
    )),
    ...(await Promise.all(
      (
        await readCatalogue()
      ).map(async (entry) => {
        const file = cachedPath(entry);
        const there = await stat(file).catch(() => undefined);
        return {
          name: entry.name,
          state: there ? "downloaded" : "",
          megabytes: Math.ceil(entry.bytes / 1e6),
          license: entry.license,
          about: entry.about,
          file,
        };
      }),
    )),
  ];
  const cells = rows.map((row) => [
    row.name,
    row.state,
    `${row.megabytes} MB`.padStart(6),
    row.license,
    row.about,
  ]);
  printResult(
    rows,
    `${table(cells)}\nDownloaded ones are in ${cacheFolder()}. Any other network: give the path of an .onnx file.`,
    options,
  );
}

async function pullOne(name: string, options: CommonOptions): Promise<void> {
  if (bundledNames.includes(name)) {
    const { file } = await openBundled(name);
    printResult({ file }, `${file}  comes with dreamreel`, options);
    return;
  }
  const entry = await findEntry(name);
  const progress = bytesPrinter(options);
  const file = await interruptible((signal) =>
    pull(entry, { onProgress: progress.update, signal }),
  ).finally(progress.end);
  printResult({ file }, file, options);
}
