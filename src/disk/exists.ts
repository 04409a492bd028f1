import { stat } from "node:fs/promises";

/** Whether there is something at `path` that this process may see. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
