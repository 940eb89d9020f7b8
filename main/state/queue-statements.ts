import { DEAD, HELD, JOB_COLUMNS, QUEUED, REFUSED, RUNNING, SKIPPED, STATE, STATES, WAITING } from './job-rows.ts'
import { LIMIT, type Connection, type Statement } from './sqlite/connection.ts'

/** Without it SQLite does not see that `state = 3` lies within `jobs_open`. */
const OPEN = `state <> ${QUEUED}`

/** Every statement of the queue. `WHERE` repeats the literals of the partial indexes, or SQLite would not use them. */
export interface QueueStatements
  extends ReturnType<typeof prepareSteps>, ReturnType<typeof prepareDecisions>, ReturnType<typeof prepareReads> {}

/**
 * Prepares all of them once; they live as long as the connection. What runs is a table in memory, beside the file: it
 * follows transactions as the file does, and ends with the process, so that no job is ever marked as running by a
 * process that is gone.
 */
export function prepareQueue(connection: Pick<Connection, 'statement'>): QueueStatements {
  const on = (sql: string): Statement => connection.statement(sql)
  on('CREATE TEMP TABLE IF NOT EXISTS running (id INTEGER PRIMARY KEY) STRICT').run()
  return { ...prepareSteps(on), ...prepareDecisions(on), ...prepareReads(on) }
}

const RUNS = 'id IN temp.running'
const RESTS = 'id NOT IN temp.running'
const LISTED = 'SELECT value FROM json_each(?)'
/** A damaged record must not end a query. */
const REASON = `iif(json_valid(hold), json_extract(hold, '$.reason'), 'suspect')`
/** Parameters: the folder, and the reason twice; null for every reason. */
const HELD_FOR = `${OPEN} AND state = ${HELD} AND folder = ? AND (? IS NULL OR ${REASON} = ?)`

/** Content on its way that no decision about a conflict sent. */
const IS_TRANSFER = `kind IN ('upload', 'adopt', 'download') AND json_valid(action) AND json_extract(action, '$.d') IS NULL`

type Prepare = (sql: string) => Statement
const SELECT = `SELECT ${JOB_COLUMNS} FROM jobs WHERE`

/** What happens to one job on its way. */
function prepareSteps(on: Prepare) {
  return {
    insert: on(
      `INSERT INTO jobs (id, folder, path, behind, lane, phase, rank, kind, bytes, created_ms, action, state, hold, attempts, not_before_ms, approved)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0) ON CONFLICT DO NOTHING`,
    ),
    replace: on(
      `UPDATE jobs SET lane = ?, state = ?, phase = ?, rank = ?, kind = ?, bytes = ?, attempts = 0, not_before_ms = 0, created_ms = ?,
         approved = 0, action = ?, hold = ?, failure = NULL WHERE id = ?`,
    ),
    atPath: on(`SELECT id, ${STATE}, bytes, action, approved FROM jobs WHERE folder = ? AND path = ? AND behind = ?`),
    byId: on(`SELECT folder, path, ${STATE}, bytes FROM jobs WHERE id = ?`),
    read: on(`${SELECT} id IN (${LISTED})`),
    wake: on(
      `UPDATE jobs SET state = ${QUEUED} WHERE folder = ? AND lane = ? AND state = ${WAITING} AND (not_before_ms <= ? OR not_before_ms > ?) RETURNING bytes`,
    ),
    // Answered by the index alone.
    due: on(
      `SELECT id, phase, rank FROM jobs WHERE folder = ? AND lane = ? AND state = ${QUEUED} AND behind = 0 AND ${RESTS}
       ORDER BY phase, rank, id ${LIMIT}`,
    ),
    defer: on(`UPDATE jobs SET state = ${WAITING}, not_before_ms = ? WHERE id = ?`),
    run: on(`INSERT INTO temp.running (id) ${LISTED}`),
    rest: on(`DELETE FROM temp.running WHERE id IN (${LISTED})`),
    restOne: on('DELETE FROM temp.running WHERE id = ?'),
    finish: on(`DELETE FROM jobs WHERE id IN (${LISTED}) AND ${RUNS} RETURNING folder, path, bytes`),
    fail: on('UPDATE jobs SET state = ?, attempts = attempts + 1, not_before_ms = ?, failure = ? WHERE id = ?'),
    bury: on(`UPDATE jobs SET state = ${DEAD}, failure = ? WHERE id = ?`),
    delete: on('DELETE FROM jobs WHERE id = ?'),
    // The job of the path stays the one that a person named.
    takePlace: on('UPDATE jobs SET id = ?, behind = 0 WHERE id = ?'),
    moveUp: on('UPDATE jobs SET behind = 0 WHERE folder = ? AND path = ? AND behind = 1'),
  }
}

/** What happens to many at once. */
function prepareDecisions(on: Prepare) {
  return {
    hold: on(
      `UPDATE jobs SET state = ${HELD}, hold = ? WHERE folder = ? AND path IN (${LISTED})
         AND approved = 0 AND state IN (${QUEUED}, ${WAITING}) AND ${RESTS}`,
    ),
    holdOne: on(`UPDATE jobs SET state = ${HELD}, hold = ? WHERE id = ?`),
    // A newer observation of the path has its own place again.
    putFirst: on(
      `UPDATE jobs SET phase = 0, rank = ? WHERE folder = ? AND path = ? AND kind IN ('upload', 'download') AND phase > 0`,
    ),
    approve: on(`UPDATE jobs SET state = ${QUEUED}, hold = NULL, approved = 1, not_before_ms = 0 WHERE ${HELD_FOR}`),
    refuse: on(`UPDATE jobs SET state = ${REFUSED} WHERE ${HELD_FOR} AND kind <> 'delete'`),
    forgetDeletions: on(`DELETE FROM jobs WHERE ${HELD_FOR} AND kind IN ('delete', 'remove-local')`),
    forgetRemovals: on(`DELETE FROM jobs WHERE folder = ? AND path IN (${LISTED}) AND kind = 'delete' AND ${RESTS}`),
    forgetKinds: on(`DELETE FROM jobs WHERE folder = ? AND kind IN (${LISTED}) AND ${RESTS}`),
    withdraw: on(`DELETE FROM jobs WHERE id IN (${LISTED}) AND state IN (${HELD}, ${REFUSED}, ${SKIPPED})`),
    dropDoubtful: on(
      `DELETE FROM jobs WHERE state IN (${QUEUED}, ${WAITING}) AND approved = 0
         AND kind IN ('upload', 'adopt', 'move') AND (NOT json_valid(action) OR json_extract(action, '$.b') IS NOT NULL)`,
    ),
    retryDead: on(
      `UPDATE jobs SET state = ${QUEUED}, attempts = 0, not_before_ms = 0, failure = NULL WHERE ${OPEN} AND state = ${DEAD}`,
    ),
    retryWaiting: on(`UPDATE jobs SET state = ${QUEUED}, not_before_ms = 0 WHERE state = ${WAITING}`),
    retryOne: on(
      `UPDATE jobs SET attempts = iif(state = ${DEAD}, 0, attempts), failure = iif(state = ${DEAD}, NULL, failure), state = ${QUEUED}, not_before_ms = 0
       WHERE id = ? AND state IN (${DEAD}, ${WAITING}, ${SKIPPED})`,
    ),
    skip: on(
      `UPDATE jobs SET state = ${SKIPPED}, attempts = 0, not_before_ms = 0, failure = NULL
       WHERE id = ? AND state IN (${QUEUED}, ${WAITING}) AND ${RESTS} AND ${IS_TRANSFER}`,
    ),
    // Nothing waits behind what does not run.
    dropOvertaken: on(
      `DELETE FROM jobs WHERE id IN (SELECT own.id FROM jobs AS newer JOIN jobs AS own
         ON own.folder = newer.folder AND own.path = newer.path AND own.behind = 0 WHERE newer.behind = 1)`,
    ),
    moveAllUp: on('UPDATE jobs SET behind = 0 WHERE behind = 1'),
    // No stored state means running; a row that says so all the same must not keep its path for good.
    requeueRunning: on(`UPDATE jobs SET state = ${QUEUED} WHERE ${OPEN} AND state = ${RUNNING}`),
    restAll: on('DELETE FROM temp.running'),
    wakeDistant: on(`UPDATE jobs SET not_before_ms = ? WHERE state = ${WAITING} AND not_before_ms > ?`),
    restFolder: on('DELETE FROM temp.running WHERE id IN (SELECT id FROM jobs WHERE folder = ?)'),
    clear: on('DELETE FROM jobs WHERE folder = ?'),
  }
}

function prepareReads(on: Prepare) {
  return {
    holds: on(
      `SELECT ${REASON} AS reason, count(*) FROM jobs
       WHERE ${OPEN} AND state = ${HELD} AND folder = ? GROUP BY reason ORDER BY 2 DESC, reason`,
    ),
    // Queued jobs are read in order of their ids and stop at the limit; `+` keeps SQLite from sorting a million of them.
    list: STATES.map((_, state) =>
      on(`${SELECT} ${stateIs(state)} ORDER BY ${state === QUEUED ? '' : 'folder, '}id ${LIMIT}`),
    ),
    listFolder: STATES.map((_, state) =>
      on(
        `${SELECT} ${stateIs(state)} AND ${state === QUEUED ? '+' : ''}folder = ?
           AND (? IS NULL OR ${REASON} = ?) ORDER BY id ${LIMIT}`,
      ),
    ),
    anyDue: on(
      `SELECT 1 FROM jobs WHERE folder = ? AND lane = ? AND state = ${QUEUED} AND behind = 0 AND ${RESTS} LIMIT 1`,
    ),
    lastWaiting: on(
      `SELECT not_before_ms FROM jobs WHERE folder = ? AND lane = ? AND state = ${WAITING} ORDER BY not_before_ms DESC LIMIT 1`,
    ),
    oldestDue: on(`SELECT min(created_ms) FROM jobs WHERE folder = ? AND state = ${QUEUED}`),
    nextWaiting: on(
      `SELECT not_before_ms FROM jobs WHERE folder = ? AND lane = ? AND state = ${WAITING} ORDER BY not_before_ms LIMIT 1`,
    ),
  }
}

function stateIs(state: number): string {
  if (state === RUNNING) return RUNS
  return state === QUEUED ? `state = ${QUEUED} AND ${RESTS}` : `${OPEN} AND state = ${state}`
}
