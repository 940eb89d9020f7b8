/**
 * `npm run demo`: keeps a made-up folder safe in front of your eyes. Everything happens below one
 * temporary directory; the interface stays open until Ctrl-C, and then it is all removed.
 * `--exit` ends when the last step is shown.
 */
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatBytes, formatDuration } from '../common/format.ts'
import type { ActivityView, StatusView } from '../common/protocol.ts'
import type { Application } from '../main/application.ts'
import { createApplication } from '../main/compose.ts'
import { createNodeHost } from '../main/service/node-host.ts'
import { openBrowser } from '../main/service/open-browser.ts'
import { startService } from '../main/service/serve.ts'
import { sampleBytes } from './sample-bytes.ts'

const CALLER = { transport: 'direct' } as const
const STEP_DEADLINE_MS = 60_000
const exitWhenDone = process.argv.includes('--exit')

const place = mkdtempSync(join(tmpdir(), 'tidekeep-demo-'))
const source = join(place, 'Documents')
const target = join(place, 'Backup disk')
makeSample(source)
mkdirSync(target)

const env = { ...process.env, TIDEKEEP_HOME: join(place, 'tidekeep') }
const host = createNodeHost({ env })
const application = await createApplication({ host, env })
const renderer = fileURLToPath(new URL('../out/renderer', import.meta.url))
const service = await startService({ application, host, rendererDirectory: renderer, ui: true })

console.log(`A sample folder was made in ${source}`)
console.log(`Its safe place is           ${target}`)
const link = service.signInUrl() ?? ''
console.log(`Watch it here:              ${link}\n`)
if (!exitWhenDone) await openBrowser(link)

process.once('SIGINT', () => void finish())
process.once('SIGTERM', () => void finish())

await step('Everything is backed up for the first time', async () => {
  await application.handlers['folders.add']({ path: source, target, mode: 'mirror' }, CALLER)
})
await step('One line is added to a note', () =>
  appendFileSync(join(source, 'notes', 'ideas.md'), '- buy more tide tables\n'),
)
await step('A folder of photos is renamed', () => renameSync(join(source, 'photos'), join(source, 'holiday photos')))
await step('A file is saved again without a change', () =>
  writeFileSync(join(source, 'notes', 'todo.md'), '- water the plants\n'),
)
await step(
  'A letter is deleted: what is missing is deleted after ten seconds, since it might be half of a rename',
  () => rmSync(join(source, 'letter.txt')),
  (rows) => rows.some(({ path }) => path === 'letter.txt'),
)

console.log(`What the target holds now: ${listFiles(target).join(', ')}`)
if (exitWhenDone) await finish()
else
  console.log(
    '\nThe interface stays open; change files in the sample folder and watch. Ctrl-C ends and removes everything.',
  )

function makeSample(root: string): void {
  mkdirSync(join(root, 'notes'), { recursive: true })
  mkdirSync(join(root, 'photos'))
  writeFileSync(join(root, 'notes', 'ideas.md'), '# Ideas\n- keep everything safe\n')
  writeFileSync(join(root, 'notes', 'todo.md'), '- water the plants\n')
  writeFileSync(join(root, 'letter.txt'), 'Dear future me, this letter may go.\n')
  for (let index = 1; index <= 4; index++)
    writeFileSync(join(root, 'photos', `tide-${index}.raw`), sampleBytes(3 * 1024 * 1024, index))
}

type IsDone = (rows: readonly ActivityView[]) => boolean

/** Does something to the sample and says what Tidekeep made of it. */
async function step(title: string, act: () => unknown, isDone: IsDone = (rows) => rows.length > 0): Promise<void> {
  const rows: ActivityView[] = []
  const unsubscribe = application.subscribe('activity', (recorded) => void rows.push(...recorded))
  const startMs = performance.now()
  await act()
  await settled(application, () => isDone(rows))
  unsubscribe()
  const sent = rows.reduce((sum, row) => sum + row.bytesSent, 0)
  const saved = rows.reduce((sum, row) => sum + row.bytesReused, 0)
  console.log(title)
  for (const row of rows) console.log(`   ${row.method.padEnd(9)} ${row.path}`)
  console.log(
    `   sent ${formatBytes(sent)}, saved ${formatBytes(saved)}, safe after ${formatDuration(performance.now() - startMs)}\n`,
  )
}

/** Waits until what is expected was recorded and the folder says that it is protected again. */
async function settled(app: Application, isRecorded: () => boolean): Promise<void> {
  const deadline = performance.now() + STEP_DEADLINE_MS
  for (;;) {
    const status: StatusView = await app.handlers['status.get']({}, CALLER)
    if (isRecorded() && status.headline === 'protected') return
    if (performance.now() > deadline) throw new Error(`still not protected: ${status.sentence}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function listFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.startsWith('.tidekeep') && statSync(join(root, path)).isFile())
    .toSorted()
}

async function finish(): Promise<void> {
  await service.close()
  rmSync(place, { recursive: true, force: true })
  process.exit(0)
}
