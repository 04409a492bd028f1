import { bundledNames, openBundled } from "../../models/bundled.ts";
import { type AddCommand, type CommonOptions, printResult, table } from "../output.ts";

/** `dreamreel models list` */
export function addModels(command: AddCommand): void {
  const models = command("models").description("the networks dreamreel knows by name");
  models
    .command("list", { isDefault: true })
    .description("list them")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExample:\n  dreamreel models list")
    .action(async (options: CommonOptions) => {
      const cards = await Promise.all(bundledNames.map(openBundled));
      const rows = cards.map(({ card, file }) => ({
        name: card.name,
        about: card.about,
        file,
        classes: card.labels.length,
      }));
      printResult(
        rows,
        `${table(rows.map((row) => [row.name, "bundled", row.about]))}\nAny other network: give the path of an .onnx file.`,
        options,
      );
    });
}
