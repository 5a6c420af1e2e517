/** The lengths of the Delius columns that an answer is written to, read from the database's catalogue (spec 3.3). */
export interface ColumnLengths {
  readonly forename: number;
  readonly surname: number;
  readonly email: number;
}
