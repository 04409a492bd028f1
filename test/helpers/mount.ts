import { execa } from "execa";
import { temporaryFolder } from "./media.ts";

/** Whether tests may mount file systems. */
export const mountable: boolean = await (async () => {
  const { path, remove } = await temporaryFolder();
  const { failed } = await execa("mount", ["-t", "tmpfs", "none", path], { reject: false });
  if (!failed) await execa("umount", [path]);
  await remove();
  return !failed;
})();
