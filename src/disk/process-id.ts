import { readFile, readlink } from "node:fs/promises";

/** Names what process ids are counted in: the system since it was started, and the container. Empty if not known. */
export async function pidSpace(): Promise<string> {
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  const container = await readlink("/proc/self/ns/pid").catch(() => "");
  return `${boot.trim().slice(0, 13)}${/\d+/.exec(container)?.[0] ?? ""}`;
}

/** Whether a process of this system runs. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  // A zombie, such as in a container without an init process, still accepts signals.
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return !/\) Z /.test(stat);
}
