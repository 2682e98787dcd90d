// What tells whether somebody else has changed a published table: of warehouses that other programs write to.

export interface Fingerprint {
  /** Changes with the table's names and types of columns. */
  readonly shape: string;
  /** UTC text: when rows or columns were changed last, by anyone. */
  readonly changedAt: string;
}

export interface Watched {
  /** Undefined where there is no such table. */
  fingerprint(name: string): Promise<Fingerprint | undefined>;
}
