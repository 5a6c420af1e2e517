/** The lengths of the Delius columns that an answer is written to, read from the database's catalogue. */
export interface ColumnLengths {
  readonly forename: number;
  readonly surname: number;
  readonly email: number;
}
