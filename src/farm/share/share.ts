import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { writeError, writeShared } from "../../disk/write-atomically.ts";
import { DreamError, messageOf } from "../../errors.ts";

/** A folder that several machines see. dreamreel writes only into its `dreamreel` folder. */
export interface Share {
  /** The folder that was given. */
  readonly path: string;
  /** Its `dreamreel` folder. */
  readonly root: string;
  /** Write a token, which a process that sees the same folder finds. Throws `SHARE_UNUSABLE`, `DISK_FULL`. */
  proof(): Promise<string>;
  /** Whether this folder has the token that another process has written. */
  hasProof(token: string): Promise<boolean>;
}

const folders = ["inputs", "films", "workers", "proofs"];
/** A token is read within seconds; older ones are left over. */
const proofMs = 3_600_000;

/**
 * Open a share and create what it lacks; with `readOnly`, nothing. Throws `SHARE_NOT_FOUND`, `SHARE_UNUSABLE` where it
 * cannot be written, `DISK_FULL`.
 */
export async function openShare(
  path: string,
  { readOnly = false }: { readonly readOnly?: boolean } = {},
): Promise<Share> {
  const folder = resolve(path);
  const root = join(folder, "dreamreel");
  const found = await stat(folder).catch((cause: unknown) => {
    throw notFound(folder, "the share does not exist here", cause);
  });
  if (!found.isDirectory()) throw notFound(folder, "the share is not a folder");
  if (readOnly) {
    await stat(root).catch((cause: unknown) => {
      throw notFound(folder, "nothing has been submitted to this share", cause);
    });
  } else {
    await writing(root, async () => {
      for (const name of folders) await mkdir(join(root, name), { recursive: true });
      const proof = join(root, "proofs", token());
      await writeShared("", proof);
      await rm(proof, { force: true });
    });
  }
  return {
    path: folder,
    root,
    async proof() {
      const name = token();
      await writing(root, () => writeShared(name, join(root, "proofs", name)));
      await sweep(join(root, "proofs"), proofMs);
      return name;
    },
    async hasProof(name) {
      if (!/^[0-9a-f]+$/.test(name)) return false;
      // Reading the folder makes a network file system ask its server.
      await readdir(join(root, "proofs")).catch(() => []);
      return readFile(join(root, "proofs", name), "utf8").then(
        (text) => text === name,
        () => false,
      );
    },
  };
}

/** Do `work`, whose failures to write into the share are `DISK_FULL` or `SHARE_UNUSABLE`. */
export async function writing<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof DreamError && cause.code !== "OUTPUT_UNWRITABLE") throw cause;
    const error = writeError(cause, where, "");
    if (error.code === "DISK_FULL") throw error;
    const reason = cause instanceof DreamError ? cause.cause : cause;
    throw new DreamError("SHARE_UNUSABLE", `the share cannot be written: ${messageOf(reason)}`, {
      where,
      hint: "Check that it is mounted, and that this user may write into it.",
      cause,
    });
  }
}

/** Remove the entries of a folder that have not been written for `ms`. */
export async function sweep(folder: string, ms: number, pattern = /./): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!pattern.test(name)) continue;
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > ms)
      await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

function token(): string {
  return randomBytes(12).toString("hex");
}

function notFound(where: string, message: string, cause?: unknown): DreamError {
  return new DreamError("SHARE_NOT_FOUND", message, {
    where,
    hint: "Mount it, or give the folder that all machines of the farm see with --share or DREAMREEL_SHARE.",
    cause,
  });
}
