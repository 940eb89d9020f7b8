import { TidekeepError } from '../../common/errors.ts'
import type { Handlers } from '../../common/protocol.ts'

const BYTES_BY_PATTERN: Readonly<Record<string, number>> = { 'node_modules/': 2_900_000_000, '*.tmp': 41_000 }

/** Counts 800 files for `node_modules/`, 3 for `*.tmp` and 2 for the global `.DS_Store`; nothing for any other line. */
export function fakeRuleHandlers(): Pick<Handlers, 'rules.survey' | 'rules.explain'> {
  return {
    'rules.survey': async ({ ignore }) => {
      const own = ignore.flatMap((pattern, index) => {
        const bytes = BYTES_BY_PATTERN[pattern]
        if (bytes === undefined) return []
        const files = pattern === '*.tmp' ? 3 : 800
        return [
          { source: 'folder', line: index + 1, pattern, files, bytes, example: `web/${pattern.replace('*', 'a')}` },
        ]
      })
      const global = { source: 'global', line: 1, pattern: '.DS_Store', files: 2, bytes: 12_300, example: '.DS_Store' }
      const rules = [...own, global]
      const left = {
        files: rules.reduce((sum, { files }) => sum + files, 0),
        bytes: rules.reduce((sum, { bytes }) => sum + bytes, 0),
      }
      return { kept: { files: 12_431, bytes: 48_211_000_123 }, left, rules, complete: true }
    },
    'rules.explain': async ({ ignore, path }) => {
      if (path.startsWith('/elsewhere')) {
        throw new TidekeepError({
          code: 'invalid',
          message: `${path} is not inside /home/ada/Documents.`,
          path,
          fix: 'Type a path as it is seen from that folder, such as Projects/notes.txt.',
        })
      }
      const at = ignore.findIndex((pattern) => path.includes(pattern.replaceAll(/[*/]/g, '')))
      if (at < 0) return { ignored: false }
      return { ignored: true, source: 'folder', line: at + 1, pattern: ignore[at]! }
    },
  }
}
