import { examine } from "../../doctor/examine.ts";
import type { Finding } from "../../doctor/finding.ts";
import { type AddCommand, type CommonOptions, printResult, table } from "../terminal/output.ts";

/** `dreamreel doctor` */
export function addDoctor(command: AddCommand): void {
  command("doctor")
    .description("check what works on this machine, and show how to fix what does not")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExample:\n  dreamreel doctor")
    .action(async (options: CommonOptions) => {
      const findings = await examine();
      printResult(findings, table(findings.flatMap(rows)), options);
      if (findings.some(({ ok, optional }) => !ok && !optional)) process.exitCode = 1;
    });
}

/** The rows of a finding: the state, and below it what to do. */
function rows({ what, ok, optional, found, todo }: Finding): string[][] {
  const mark = ok ? "ok" : optional ? "--" : "NO";
  return [[mark, what, found], ...(todo === undefined ? [] : [["", "", `→ ${todo}`]])];
}
