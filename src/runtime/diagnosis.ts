/** Why something does not run here. */
export interface Diagnosis {
  readonly what: string;
  /** What to do about it. */
  readonly hint: string;
}
