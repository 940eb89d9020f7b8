import { chmodSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'

/** Memory that Linux shows as a directory. */
const MEMORY = '/dev/shm'
const PREFIX = 'tkt-'
/** Many times what the test files that run at once have ever kept there. */
const ROOM_BYTES = 4 * 1024 ** 3
let place: string | undefined

/**
 * Test files make their directories in memory, where there is plenty: a disk takes longer to forget ten thousand files that
 * were made durable than a test takes to make them. What a disk does when its power fails is tried on disks of its own
 * (`fixtures/loop-disk.ts`). With TMPDIR set they are made there; without room they are made where the system has them.
 */
export function setup(): void {
  if (process.env['TMPDIR'] !== undefined || !hasRoom()) return
  for (const name of readdirSync(MEMORY))
    if (isLeftOver(name)) rmSync(join(MEMORY, name), { recursive: true, force: true })
  place = mkdtempSync(join(MEMORY, `${PREFIX}${process.pid}-`))
  // Some tests look at what another user may read, below it.
  chmodSync(place, 0o755)
  process.env['TMPDIR'] = place
}

/** What failed tests left behind would stay in memory. */
export function teardown(): void {
  if (place === undefined) return
  rmSync(place, { recursive: true, force: true, maxRetries: 5 })
  // The next run of this process gets its own.
  delete process.env['TMPDIR']
  place = undefined
}

function hasRoom(): boolean {
  if (process.platform !== 'linux') return false
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize >= ROOM_BYTES && process.availableMemory() >= 2 * ROOM_BYTES
  } catch {
    return false
  }
}

/** Of a run that was killed. */
function isLeftOver(name: string): boolean {
  const processId = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]
  return processId !== undefined && !isAlive(Number(processId))
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
