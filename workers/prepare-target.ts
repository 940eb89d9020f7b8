import { closeSync, fsyncSync, mkdirSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { isTidekeepError } from '../common/errors.ts'
import type { RelPath } from '../common/model.ts'
import { isAlive } from './fs/is-alive.ts'
import { hasCode, SafeRoot } from './fs/safe-root.ts'
import { targetMissing, translateTargetError } from './fs/target-errors.ts'
import { TARGET_MARKER, TEMPORARY_AREA } from './fs/target-stat.ts'
import { probeNames, type TargetNames } from './probe-names.ts'
import type { PrepareTarget } from './tasks.ts'
import { failpoint } from './failpoint.ts'

const DAY_MS = 86_400_000
/** What follows the process and its random number says which piece of work it is: copied, assembled (`a`) or a probe (`p`). */
const OWN_NAME = /^tk-([0-9a-z]+)-(\d+)-[0-9a-f]+(?:-[ap]?\d+)?$/

/** The prefix of every temporary name of one process: says on which computer and by which process, so that a later one can tell whether it still runs. */
export function temporaryInstance(processId: number, randomHex: string): string {
  return `tk-${hostTag()}-${processId}-${randomHex}`
}

/**
 * Makes a root ready for writing: creates it (never its parent), its temporary area and its
 * marker, sweeps what crashed runs left, and tells what names are to its file system; undefined where
 * that cannot be tried out now, as on a full disk. Idempotent.
 * Throws `unavailable` when the parent is missing, too.
 */
export function prepareTarget(params: PrepareTarget): TargetNames | undefined {
  let root: SafeRoot | undefined
  try {
    createRoot(params.root)
    root = SafeRoot.open(params.root)
    root.makeDirectories(TEMPORARY_AREA)
    failpoint('local.prepare.before')
    if (root.lstat(TARGET_MARKER) === undefined) writeMarker(root, params)
    failpoint('local.prepare.after')
    failpoint('local.sweep.before')
    sweepLeftovers(root, params)
    failpoint('local.sweep.after')
    const names = probed(root, params)
    root.syncDirectories()
    return names
  } catch (error) {
    throw translateTargetError(error, { path: params.root, root: params.root })
  } finally {
    root?.close()
  }
}

function probed(root: SafeRoot, { instance }: PrepareTarget): TargetNames | undefined {
  try {
    return probeNames(root, `${TEMPORARY_AREA}/${instance}` as RelPath)
  } catch (error) {
    if (isTidekeepError(error)) throw error
    return undefined
  }
}

function createRoot(root: string): void {
  try {
    mkdirSync(root)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw targetMissing(root)
    const exists = hasCode(error, 'EEXIST', 'EISDIR') || (process.platform === 'win32' && hasCode(error, 'EPERM'))
    if (!exists) throw error
  }
}

function writeMarker(root: SafeRoot, { instance, marker }: PrepareTarget): void {
  const temporary = `${TEMPORARY_AREA}/${instance}` as RelPath
  const fd = root.createFile(temporary, 0o644)
  try {
    writeSync(fd, marker)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  root.replace(temporary, TARGET_MARKER)
}

/** Only names of our own make; only when their process is gone, or cannot be asked and a day has passed. */
function sweepLeftovers(root: SafeRoot, { instance, nowMs }: PrepareTarget): void {
  for (const name of root.readDirectory(TEMPORARY_AREA)) {
    const [, host, processId] = OWN_NAME.exec(name) ?? []
    if (host === undefined || name.startsWith(instance)) continue
    const path = `${TEMPORARY_AREA}/${name}` as RelPath
    const stat = root.lstat(path)
    if (stat === undefined) continue
    const isOld = nowMs - Number(stat.ctimeMs) > DAY_MS
    if (isOld || (host === hostTag() && !isAlive(Number(processId)))) root.removeTree(path)
  }
}

function hostTag(): string {
  let tag = 5381
  for (const character of hostname()) tag = (Math.imul(tag, 33) + character.charCodeAt(0)) >>> 0
  return tag.toString(36)
}
