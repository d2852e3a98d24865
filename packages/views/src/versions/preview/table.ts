/** Owns what a table preview is, wherever its rows come from. */

export interface TableColumn {
  readonly name: string;
  /** Of the file's own; null where it says none. */
  readonly type: string | null;
  /** Numbers stand on the right. */
  readonly numeric: boolean;
}

export interface TableData {
  readonly columns: readonly TableColumn[];
  /** Null: no value. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** Of the file; null where not known. */
  readonly rowCount: number | null;
  readonly columnCount: number;
}

export const ROWS = 100;
export const COLUMNS = 50;
