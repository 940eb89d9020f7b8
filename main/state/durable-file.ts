import { closeSync, copyFileSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isAlive } from '../../workers/fs/is-alive.ts'
import { failpoint } from '../../workers/failpoint.ts'

/** Syncs a directory, so that names made or changed in it survive a power cut. Windows journals them itself and cannot. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(directory, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Syncs the content of a file. */
export function syncFile(path: string): void {
  const descriptor = openSync(path, 'r+')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Replaces a file whole: written beside it, synced, renamed over it, directory synced. At every
 * moment the path holds the old content or the new, never a part, also after a power cut (without
 * the sync of the directory 20 of 24 simulated cuts lost the last write). Owner-only permissions.
 * The file system's own errors pass through and leave the old content.
 */
export function replaceFileDurably(path: string, content: string | Uint8Array): void {
  publish(path, (temporary) => {
    const descriptor = openSync(temporary, 'w', 0o600)
    try {
      writeFileSync(descriptor, content)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  })
}

/** Copies a file under a new name (replacing what is there) with the guarantees of {@link replaceFileDurably}. */
export function copyFileDurably(from: string, to: string): void {
  publish(to, (temporary) => {
    copyFileSync(from, temporary)
    syncFile(temporary)
  })
}

function publish(path: string, write: (temporary: string) => void): void {
  const temporary = `${path}.${process.pid}.new`
  try {
    sweepUnfinished(path)
    write(temporary)
    failpoint('file.replace.before')
    renameSync(temporary, path)
    failpoint('file.replace.after')
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  syncDirectory(dirname(path))
}

/** What killed processes left of this file: nobody else knows those names. */
function sweepUnfinished(path: string): void {
  const [directory, begin] = [dirname(path), `${basename(path)}.`]
  for (const name of readdirSync(directory)) {
    const [, processId] = name.startsWith(begin) ? (/^([0-9]+)\.new$/.exec(name.slice(begin.length)) ?? []) : []
    if (processId !== undefined && !isAlive(Number(processId))) rmSync(join(directory, name), { force: true })
  }
}
