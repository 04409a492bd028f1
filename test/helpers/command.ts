/** The command line in a process of its own, with exit code, stdout and stderr. */
import { join } from "node:path";
import { execa, type Options } from "execa";

const main = join(import.meta.dirname, "../../src/cli/main.ts");

export interface Outcome {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The arguments that run `dreamreel` from its sources under Node. */
export function commandArguments(...args: readonly string[]): string[] {
  return ["--import", import.meta.resolve("tsx"), main, ...args];
}

/** Run `dreamreel` until it exits, with any exit code. */
export async function dreamreel(args: readonly string[], options: Options = {}): Promise<Outcome> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, commandArguments(...args), {
    ...options,
    reject: false,
  });
  return { exitCode, stdout: String(stdout), stderr: String(stderr) };
}
