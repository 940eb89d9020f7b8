import { join } from 'node:path'
import { toRelPath } from '../../../common/paths.ts'
import { SafeRoot } from '../../../workers/fs/safe-root.ts'
import type { Host, Paths } from '../../host.ts'

/** A place of its own for one drill: an installation, a source and a target that nobody else has. */
export interface DrillPlace {
  readonly root: string
  readonly source: string
  readonly target: string
  /** A host as this one, but with its settings and state in the place, and nobody to notify. */
  readonly host: Host
  /** Where something is restored to. */
  restored(name: string): string
  /** Everything of it. Idempotent. */
  remove(): void
}

/** Makes a fresh place in `parent`, which exists. */
export function openDrillPlace(parent: string, host: Host): DrillPlace {
  const name = toRelPath(`tidekeep-drill-${host.random.hex(6)}`)
  const root = join(parent, name)
  const above = SafeRoot.open(parent)
  for (const part of ['source', 'target', 'home']) above.makeDirectories(toRelPath(`${name}/${part}`), 0o700)
  return {
    root,
    source: join(root, 'source'),
    target: join(root, 'target'),
    host: { ...host, paths: pathsBelow(join(root, 'home')), notify: () => undefined, log: SILENT },
    restored: (directory) => join(root, `restored ${directory}`),
    remove: () => {
      above.forget()
      above.removeTree(name)
    },
  }
}

function pathsBelow(home: string): Paths {
  const below = (name: string): string => join(home, name)
  return {
    home,
    config: below('config'),
    state: below('state'),
    cache: below('cache'),
    logs: below('logs'),
    run: below('run'),
  }
}

/** What happens in a drill belongs in its report, not in the log of the installation. */
const SILENT: Host['log'] = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
