/**
 * What `tidekeep sync` takes when both sides hold the same files and nothing is known of it, as after state was lost: every file is
 * read on both sides, and agreed on. Beside it the first copy, and `rsync -a --checksum`, which reads both sides, too. CPU seconds
 * (user and system) of all processes are what counts where other work wants the cores. Medians of interleaved rounds.
 *
 *   node bench/adopt.bench.ts [--files 10000] [--rounds 3] [--mode backup] [--dir /path/on/the/disk]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isInstalled, makeSmallFiles, median, report, timed } from './support.ts'

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    mode: { type: 'string', default: 'backup' },
    dir: { type: 'string', default: tmpdir() },
  },
})
const TIDEKEEP = fileURLToPath(new URL('../bin/tidekeep.js', import.meta.url))
const base = mkdtempSync(join(values.dir, 'tidekeep-bench-'))
const [source, target] = [join(base, 'source'), join(base, 'target')]
makeSmallFiles(source, Number(values.files))

type Run = ReturnType<typeof timed>
const runs = new Map<string, Run[]>()
const note = (name: string, run: Run): void => void runs.set(name, [...(runs.get(name) ?? []), run])

try {
  const sync = (home: string): Run =>
    timed(process.execPath, [TIDEKEEP, 'sync', source, target, '--mode', values.mode, '-q'], {
      ...process.env,
      TIDEKEEP_HOME: join(base, home),
    })
  note('first copy', sync('home'))
  for (let round = 0; round < Number(values.rounds); round++) {
    note('adopt', sync(`home-${round}`))
    if (isInstalled('rsync'))
      note('rsync -a --checksum', timed('rsync', ['-a', '--checksum', `${source}/`, `${target}/`]))
  }
  const medians = (figure: keyof Run): Readonly<Record<string, number>> =>
    Object.fromEntries([...runs].map(([name, all]) => [name, Number(median(all.map((run) => run[figure])).toFixed(2))]))
  report('adopt', {
    files: Number(values.files),
    rounds: Number(values.rounds),
    mode: values.mode,
    loadOfTheMachine: Math.round(loadavg()[0]! * 10) / 10,
    cpuSeconds: medians('cpuSeconds'),
    seconds: medians('seconds'),
    peakRssMiB: medians('rssMiB'),
  })
} finally {
  rmSync(base, { recursive: true, force: true })
}
