import { MIGRATIONS, type Migration } from '../../../main/state/schema/migrations.ts'

const newest = MIGRATIONS.length

/** A step after the newest that rewrites every entry: long enough to be interrupted anywhere in it. */
export const SLOW_MIGRATIONS: readonly Migration[] = [
  ...MIGRATIONS,
  {
    version: newest + 1,
    sql: `
      ALTER TABLE baseline ADD COLUMN note TEXT;
      UPDATE baseline SET note = hex(randomblob(200));
      CREATE TABLE extra (id INTEGER PRIMARY KEY, note TEXT NOT NULL);
      INSERT INTO extra (note) SELECT note FROM baseline;
      UPDATE baseline SET note = path;
    `,
  },
]
