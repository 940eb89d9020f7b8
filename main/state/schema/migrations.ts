import { VERSION_1 } from './v1.ts'

/** One step of the schema, run in one transaction together with the change of the version number. */
export interface Migration {
  /** The version the file has afterwards; the list counts up from 1 without a gap. */
  readonly version: number
  readonly sql: string
}

/** Every step there ever was, oldest first. Append only. */
export const MIGRATIONS: readonly Migration[] = [{ version: 1, sql: VERSION_1 }]
