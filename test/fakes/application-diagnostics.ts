import type { Handlers, LogRow } from '../../common/protocol.ts'
import type { Clock } from '../../main/host.ts'

const LEVELS = ['info', 'info', 'debug', 'warn', 'info', 'error'] as const

/** A check-up with one of each state, a log that has a new line at every look, and a bundle of three parts. */
export function fakeDiagnosticHandlers(
  clock: Clock,
): Pick<
  Handlers,
  'diagnostics.examine' | 'diagnostics.proofPrice' | 'diagnostics.log' | 'diagnostics.bundle' | 'diagnostics.saveBundle'
> {
  let written = 40
  const row = (index: number): LogRow => ({
    id: `77:${index * 100}`,
    atMs: clock.now() - (written - index) * 1_000,
    level: LEVELS[index % LEVELS.length]!,
    event: index % 6 === 5 ? 'call failed' : 'pass ended',
    details: `folderId=d0c0d0c0 files=${index * 3} durationMs=${120 + index}`,
  })
  const rows = (from: number): readonly LogRow[] =>
    Array.from({ length: written - from }, (_, index) => row(from + index))
  return {
    'diagnostics.proofPrice': async () => ({ priced: 2, dollarsPerMonth: 0.19, unpriced: 1 }),
    'diagnostics.examine': async () => [
      { name: 'version', state: 'ok', message: 'Tidekeep 0.1.0, Node 24 on linux x64, 4 cores' },
      {
        name: 'file watching',
        state: 'warning',
        message: 'inotify watches up to 8,192 folders',
        fix: 'Raise it: echo fs.inotify.max_user_watches=524288 | sudo tee /etc/sysctl.d/60-tidekeep.conf',
      },
      { name: 'source of Documents', state: 'ok', message: '/home/ada/Documents' },
      {
        name: 'target of Pictures',
        state: 'failed',
        message: '/media/ada/Backup/pictures is not there',
        fix: 'Connect its disk.',
      },
    ],
    'diagnostics.log': async ({ after }) => {
      if (after !== undefined) written++
      return { rows: rows(after === undefined ? 0 : Number(after.split(':')[1]) / 100), after: `77:${written * 100}` }
    },
    'diagnostics.bundle': async ({ withNames }) => ({
      id: withNames ? 'b0b0' : 'a0a0',
      withNames,
      parts: [
        { name: 'check-up.txt', what: 'What the check-up found.', text: 'ok version: Tidekeep 0.1.0\nok source\n' },
        { name: 'settings.json', what: 'The settings.', text: '{\n  "keepDays": 30\n}\n' },
        {
          name: 'log.jsonl',
          what: 'The newest lines of the log.',
          text: `{"level":"info","event":"pass ended","path":"${withNames ? '/home/ada/Documents' : '[19 characters]'}"}\n`,
        },
      ],
    }),
    'diagnostics.saveBundle': async () => ({
      path: '/home/ada/.local/state/tidekeep/logs/support/tidekeep-support-2026-11-21T12-33-00.zip',
    }),
  }
}
