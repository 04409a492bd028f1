/** The command line in a process of its own, with exit code, stdout and stderr. */
import { join } from "node:path";
import { execa, type Options } from "execa";

const main = join(import.meta.dirname, "../../dist/cli/main.js");

export interface Outcome {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The arguments that run the built `dreamreel` under Node. */
export function commandArguments(...args: readonly string[]): string[] {
  return [main, ...args];
}

/** Run `dreamreel` until it exits, with any exit code. */
export async function dreamreel(args: readonly string[], options: Options = {}): Promise<Outcome> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, commandArguments(...args), {
    ...options,
    reject: false,
  });
  return { exitCode, stdout: String(stdout), stderr: String(stderr) };
}
