import { resolve } from "node:path";
import { DreamError } from "../../errors.ts";
import { readImage } from "../../image/image.ts";
import { openNetwork } from "../../models/open.ts";
import { type Classification, classify } from "../../pipeline/stills/classify.ts";
import { comparePreprocess } from "../../pipeline/stills/compare-preprocess.ts";
import { selectEngine } from "../../runtime/select/select-engine.ts";
import { modelArgument, wholeNumber } from "../arguments/arguments.ts";
import {
  type AddCommand,
  type CommonOptions,
  noticePrinter,
  printResult,
  table,
} from "../terminal/output.ts";

interface ClassifyArguments extends CommonOptions {
  readonly model: string;
  readonly top: string;
  readonly labels?: string;
  readonly compare?: boolean;
}

/** `dreamreel classify IMAGE` */
export function addClassify(command: AddCommand): void {
  command("classify <image>")
    .description("classify a picture; sensible labels mean that the preprocessing is right")
    .option("--model <name>", "a network's name, or an .onnx file", "pocket")
    .option("--top <count>", "number of labels", "5")
    .option("--labels <file>", "text file with the class names of an .onnx file, one per line")
    .option("--compare", "for an .onnx file: the best label with each of the usual preprocessings")
    .option("--json", "as JSON")
    .option("--quiet", "no notices")
    .addHelpText("after", "\nExample:\n  dreamreel classify lion.jpg --top 3")
    .action(run);
}

async function run(image: string, options: ClassifyArguments): Promise<void> {
  const count = wholeNumber("--top", options.top, 1, 100_000);
  const model = modelArgument(options.model);
  if (options.compare && !("file" in model)) {
    throw new DreamError("USAGE", "--compare is for .onnx files", {
      hint: `The preprocessing of "${options.model}" is known.`,
    });
  }
  const labels = options.labels === undefined ? {} : { labels: resolve(options.labels) };
  const spec = "file" in model ? { ...model, ...labels } : model;
  const onNotice = noticePrinter(options);
  const network = await openNetwork(spec, { onNotice });
  const side = network.nativeSize;
  const frame = await readImage(resolve(image), { width: side, height: side }, onNotice);
  const engine = await selectEngine("auto");
  try {
    if (options.compare && "file" in spec) {
      const results = await comparePreprocess(spec.file, spec.labels, engine, frame);
      const rows = results.map((result) => [percent(result), result.label, result.convention]);
      printResult(results, table(rows), options);
      return;
    }
    const results = await classify(network, engine, frame, count);
    printResult(results, table(results.map((result) => [percent(result), result.label])), options);
  } finally {
    await engine.dispose();
  }
}

function percent({ probability }: Classification): string {
  return `${(100 * probability).toFixed(1)} %`.padStart(7);
}
