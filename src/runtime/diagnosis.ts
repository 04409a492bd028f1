/** Why something does not run on this machine. */
export interface Diagnosis {
  readonly what: string;
  /** What to do about it. */
  readonly hint: string;
}
