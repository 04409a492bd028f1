/**
 * Huge pages for the memory in which networks compute: Linux provides it in pieces of 2 MB instead of 4 KB, which shortens the
 * first step at each picture size. glibc (2.35 and newer) reads the setting when a program starts.
 */

const variable = "GLIBC_TUNABLES";
const hugePages = "glibc.malloc.hugetlb=1";

/** `env` for a process that dreams. Tunables that it has already stay as they are. */
export function withHugePages(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return variable in env ? env : { ...env, [variable]: hugePages };
}

/**
 * Keep the setting from the programs that this process starts, which gain nothing: with it, the x265 of an ffmpeg was seen
 * to crash. This process has read it already.
 */
export function keepFromChildren(env: NodeJS.ProcessEnv = process.env): void {
  if (env[variable] === hugePages) delete env[variable];
}

type Execve = (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => never;

/**
 * Replace the program, whose script and arguments are `words`, by itself with huge pages; the process stays the same.
 * Returns where it has them, where Node cannot replace a program (before 22.15), and on systems other than Linux.
 */
export function restartWithHugePages(words: readonly string[]): void {
  const has = variable in process.env;
  keepFromChildren();
  if (process.platform !== "linux" || has || !("execve" in process)) return;
  const execve = process.execve as Execve;
  const args = [process.execPath, ...process.execArgv, ...words];
  execve.call(process, process.execPath, args, withHugePages(process.env));
}
