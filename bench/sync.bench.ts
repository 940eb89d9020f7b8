/**
 * The whole `tidekeep sync` command, process start included, beside its peers: first copy of many
 * small files to a local folder (durable: the peers are followed by `sync`), and the two runs after it
 * with nothing changed: the first compares what was copied, the second is what every later one is. Medians of
 * interleaved rounds.
 *
 *   node bench/sync.bench.ts [--files 50000] [--rounds 3] [--dir /path/on/the/disk]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isInstalled, makeSmallFiles, median, report, timed, versionOf } from './support.ts'

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '3' },
    dir: { type: 'string', default: tmpdir() },
  },
})
const TIDEKEEP = fileURLToPath(new URL('../bin/tidekeep.js', import.meta.url))
const base = mkdtempSync(join(values.dir, 'tidekeep-bench-'))
const source = join(base, 'source')
makeSmallFiles(source, Number(values.files))

interface Run {
  readonly seconds: number
  readonly rssMiB: number
}
const runs = new Map<string, Run[]>()
const note = (name: string, run: Run): void => void runs.set(name, [...(runs.get(name) ?? []), run])

try {
  timed('sync', [])
  for (let round = 0; round < Number(values.rounds); round++) {
    const at = (name: string): string => join(base, `${name}-${round}`)
    const env = { ...process.env, TIDEKEEP_HOME: at('home') }
    const tidekeep = (): Run => timed(process.execPath, [TIDEKEEP, 'sync', source, at('tidekeep'), '-q'], env)
    note('tidekeep first copy', tidekeep())
    timed('sync', [])
    note('tidekeep no change', tidekeep())
    note('tidekeep no change again', tidekeep())
    if (isInstalled('rsync')) {
      const rsync = (): Run => timed('sh', ['-c', 'rsync -a "$1/" "$2/" && sync', 'sh', source, at('rsync')])
      note('rsync -a + sync first copy', rsync())
      const again = (): Run => timed('rsync', ['-a', `${source}/`, `${at('rsync')}/`])
      note('rsync -a no change', again())
      note('rsync -a no change again', again())
    }
    if (isInstalled('restic')) {
      const restic = {
        ...process.env,
        RESTIC_PASSWORD: 'bench',
        RESTIC_REPOSITORY: at('restic'),
        RESTIC_CACHE_DIR: at('restic-cache'),
      }
      timed('restic', ['init', '-q'], restic)
      note('restic backup first copy', timed('sh', ['-c', 'restic backup -q "$1" && sync', 'sh', source], restic))
      note('restic backup no change', timed('restic', ['backup', '-q', source], restic))
    }
    timed('sync', [])
  }
  const seconds = Object.fromEntries([...runs].map(([name, all]) => [name, median(all.map((run) => run.seconds))]))
  const ratio = (a: string, b: string): number | 'not run' =>
    seconds[a] === undefined || seconds[b] === undefined ? 'not run' : Number((seconds[a] / seconds[b]).toFixed(2))
  report('sync-small-files', {
    files: Number(values.files),
    rounds: Number(values.rounds),
    seconds,
    peakRssMiB: Object.fromEntries([...runs].map(([name, all]) => [name, Math.max(...all.map((run) => run.rssMiB))])),
    ratios: {
      'first copy, to rsync -a + sync': ratio('tidekeep first copy', 'rsync -a + sync first copy'),
      'first copy, to restic': ratio('tidekeep first copy', 'restic backup first copy'),
      'no change, to rsync -a': ratio('tidekeep no change', 'rsync -a no change'),
      'no change again, to rsync -a': ratio('tidekeep no change again', 'rsync -a no change again'),
    },
    peers: { rsync: versionOf('rsync', ['--version']), restic: versionOf('restic', ['version']) },
  })
} finally {
  rmSync(base, { recursive: true, force: true })
}
