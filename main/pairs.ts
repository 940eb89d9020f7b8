import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Paths } from './host.ts'

/**
 * Where the state of an ad-hoc `sync SOURCE TARGET` lives: one directory for each pair, so that
 * different pairs never wait for each other. `source` is absolute, `target` as `formatLocation` gives it.
 */
export function pairDirectory(paths: Paths, source: string, target: string): string {
  const name = createHash('sha256').update(`${source}\0${target}`).digest('hex').slice(0, 16)
  return join(paths.state, 'pairs', name)
}
