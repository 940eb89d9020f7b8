import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { ROOT_PATH } from '../../common/paths.ts'
import { createLocalScanner } from '../engine/scan/local-scanner.ts'
import type { Host } from '../host.ts'
import { ownDirectories } from '../own-directories.ts'
import { createPool } from '../pool.ts'
import { openSettings } from '../state/settings-store.ts'
import type { OpenSource } from './ports.ts'

/** A source folder as a pass sees it: global rules, those of the configured folder, and its ignore files. */
export async function openSource(host: Host, directory: string): Promise<OpenSource> {
  const { ignore, folders } = (await openSettings(host.paths.config)).get()
  const pool = createPool()
  const scanner = createLocalScanner(pool)({
    root: directory,
    ignoreLines: [...ignore, ...(folders.find(({ path }) => path === directory)?.ignore ?? [])],
    excludedPaths: ownDirectories(host.paths),
  })
  return {
    tree: {
      files: async function* (signal) {
        for await (const { entries } of scanner.scan([{ path: ROOT_PATH, recursive: true }], signal)) {
          for (const entry of entries) if (entry.kind === 'file') yield entry
        }
      },
      read: (entry) => createReadStream(join(directory, entry.path), { highWaterMark: 1024 * 1024 }),
    },
    close: () => pool.close(),
  }
}
