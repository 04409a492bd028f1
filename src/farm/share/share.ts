/** A folder that several machines see. dreamreel writes only into its `dreamreel` folder. */
export interface Share {
  /** The folder that was given. */
  readonly path: string;
  /** Its `dreamreel` folder. */
  readonly root: string;
  /** Write a token, which a process that sees the same folder finds. Throws `SHARE_UNUSABLE`, `DISK_FULL`. */
  proof(): Promise<string>;
  /** Whether another process has written this token into this folder. */
  hasProof(token: string): Promise<boolean>;
}

/** Throws `SHARE_NOT_FOUND`, `SHARE_UNUSABLE` (read-only), `DISK_FULL`. With `readOnly`, creates nothing. */
export async function openShare(path: string, options?: { readonly readOnly?: boolean }): Promise<Share> {
  throw new Error(`to come: ${path} ${options}`);
}
