/** A real application over the sample, whose clock begins three weeks ago. */
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ActivityView, StatusView } from '../../common/protocol.ts'
import { createApplication } from '../../main/compose.ts'
import { createNodeHost } from '../../main/service/node-host.ts'
import { startService } from '../../main/service/serve.ts'
import { DAY_MS, disagree, FOLDERS, makeLongTransfer, makeSample, type SamplePlaces, weeksOf } from './sample.ts'

const CALLER = { transport: 'direct' } as const
const RENDERER = fileURLToPath(new URL('../../out/renderer', import.meta.url))
const FIRST_DAY = 20
const DEADLINE_MS = 60_000
/** Slow enough for a picture of a transfer under way. */
const SLOW_BYTES_PER_SECOND = 6 * 1024 * 1024

/** What a picture is about: all is well; a file was changed on both sides; something is being sent. */
export type SampleState = 'protected' | 'torn' | 'sending'

/** A service with its sample. */
export interface SampleService {
  /** Works once. */
  readonly signInUrl: string
  become(state: SampleState): Promise<void>
  close(): Promise<void>
}

/** Makes the sample and lives through its weeks; takes about a minute, most of which waits until a deletion is believed. */
export async function startSample(places: SamplePlaces & { readonly state: string }): Promise<SampleService> {
  let offsetMs = FIRST_DAY * DAY_MS
  mkdirSync(dirname(places.disk), { recursive: true })
  makeSample(places)
  const env = { ...process.env, TIDEKEEP_HOME: places.state }
  const real = createNodeHost({ env, logLevel: 'error' })
  const host = { ...real, clock: { ...real.clock, now: () => real.clock.now() - offsetMs } }
  const application = await createApplication({ host, env })
  const service = await startService({ application, host, rendererDirectory: RENDERER, ui: true })
  const { handlers } = application
  const told: ActivityView[] = []
  application.subscribe('activity', (rows) => void told.push(...rows))
  const until = async (isSo: (status: StatusView) => boolean): Promise<void> => {
    const deadlineMs = performance.now() + DEADLINE_MS
    for (;;) {
      const status = await handlers['status.get']({}, CALLER)
      if (isSo(status)) return
      if (performance.now() > deadlineMs) throw new Error(`The sample got stuck: ${status.sentence}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  const isAtRest = ({ headline }: StatusView): boolean => headline === 'protected'

  await handlers['settings.set']({ key: 'deviceName', value: 'Anna’s laptop' }, CALLER)
  for (const { name, mode } of FOLDERS)
    await handlers['folders.add']({ path: join(places.home, name), target: join(places.disk, name), mode }, CALLER)
  await until((status) => status.folders.length === FOLDERS.length && isAtRest(status))
  for (const { daysAgo, act, tells } of weeksOf(places)) {
    offsetMs = daysAgo * DAY_MS
    act()
    await handlers['folders.sync']({}, CALLER)
    await until((status) => told.some(({ path }) => path === tells) && isAtRest(status))
    told.length = 0
  }
  await handlers['folders.sync']({}, CALLER)
  await until(isAtRest)

  const signInUrl = service.signInUrl()
  if (signInUrl === undefined) throw new Error('The service offers no sign-in.')
  return {
    signInUrl,
    become: async (state) => {
      if (state === 'torn') {
        disagree(places)
        await until(({ folders }) => folders.some(({ conflicts }) => conflicts > 0))
      }
      if (state === 'sending') {
        await handlers['settings.set']({ key: 'bandwidthLimit', value: SLOW_BYTES_PER_SECOND }, CALLER)
        makeLongTransfer(places)
        // Its end is told once it has gone on for a few seconds.
        await until(({ progress }) => typeof progress?.etaMs === 'number')
      }
    },
    close: () => service.close(),
  }
}
