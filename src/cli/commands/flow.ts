import { extname, resolve } from "node:path";
import { engineChoices } from "../../choices.ts";
import { refuseReplacing } from "../../disk/refuse-replacing.ts";
import { writeAtomically } from "../../disk/write-atomically.ts";
import { DreamError } from "../../errors.ts";
import { encodeFlo } from "../../flow/flo-file.ts";
import { flowPicture } from "../../flow/flow-picture.ts";
import { FlowEstimator } from "../../flow/optical-flow.ts";
import type { Frame } from "../../frame.ts";
import { readImage, writeImage } from "../../image/image.ts";
import { selectEngine } from "../../runtime/select/select-engine.ts";
import { engineOption, refuseExisting } from "../arguments/arguments.ts";
import {
  type AddCommand,
  type CommonOptions,
  digits,
  noticePrinter,
  printResult,
} from "../terminal/output.ts";

interface FlowArguments extends CommonOptions {
  readonly output: string;
  readonly force?: boolean;
  readonly engine?: string;
}

const pictures = [".png", ".jpg", ".webp"];

/** `dreamreel flow A B` */
export function addFlow(command: AddCommand): void {
  command("flow <first> <second>")
    .description("estimate optical flow from one picture to another, as a .flo file or a picture")
    .requiredOption("-o, --output <file>", `.flo, or ${pictures.join(" ")} in the usual colours`)
    .option("--force", "replace an existing file")
    .option("--engine <name>", `engine: ${engineChoices.join(", ")}`)
    .option("--json", "as JSON")
    .option("--quiet", "no notices")
    .addHelpText("after", "\nExample:\n  dreamreel flow frame1.png frame2.png -o flow.png")
    .action(run);
}

async function run(first: string, second: string, options: FlowArguments): Promise<void> {
  const file = resolve(options.output);
  const kind = extname(file).toLowerCase();
  if (kind !== ".flo" && !pictures.includes(kind)) {
    throw new DreamError("USAGE", `flow cannot be written as "${kind || options.output}"`, {
      hint: `Give -o a file ending in .flo, ${pictures.join(", ")}.`,
    });
  }
  await refuseExisting({ output: file, force: options.force });
  await refuseReplacing(file, [first, second]);
  const engine = await selectEngine(engineOption(options.engine) ?? "auto");
  try {
    const read = (file: string): Promise<Frame> =>
      readImage(resolve(file), undefined, noticePrinter(options));
    const [one, two] = [await read(first), await read(second)];
    const { forward, reliable } = await new FlowEstimator(engine).estimate(one, two);
    if (kind === ".flo") await writeAtomically(encodeFlo(forward), file);
    else await writeImage(flowPicture(forward), file);
    const area = forward.height * forward.width;
    let length = 0;
    let trusted = 0;
    for (let i = 0; i < area; i++) {
      length += Math.hypot(forward.data[i]!, forward.data[i + area]!) / area;
      trusted += reliable[i]! / area;
    }
    printResult(
      { file, meanPx: length, reliable: trusted },
      `${file}  ${digits(length)} px on average, ${Math.round(100 * trusted)} % reliable`,
      options,
    );
  } finally {
    await engine.dispose();
  }
}
