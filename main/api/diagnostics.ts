import { TidekeepError } from '../../common/errors.ts'
import type { FolderId, Job } from '../../common/model.ts'
import type { BundleView, Diagnosis } from '../../common/protocol.ts'
import { makeBundle } from '../diagnosis/bundle.ts'
import { examine, type Examined } from '../diagnosis/examine.ts'
import { zip } from '../diagnosis/zip.ts'
import { proofPrice, proofsPerMonth } from '../restore/proof-price.ts'
import { writeSupportFile } from '../state/support-file.ts'
import { logFile, readLog, viewLog } from '../telemetry/log-reader.ts'
import type { Area } from './area.ts'
import type { Needs } from './deps.ts'
import { apiFailureTexts } from './api-failure-texts.ts'

const BUNDLED_JOBS = 200

type DiagnosticDeps = Needs<'settings' | 'host' | 'store' | 'openTarget' | 'describeSecrets' | 'pricesOf', 'status'>

/** What helps when something is odd. Nothing leaves this computer. */
export function createDiagnosticHandlers(deps: DiagnosticDeps): Area<'diagnostics'> {
  const { host, settings, engine, store } = deps
  let shown: BundleView | undefined
  const checks = async (): Promise<readonly Diagnosis[]> => {
    const found: Diagnosis[] = []
    for await (const check of examine(examinedBy(deps))) found.push(check)
    return found
  }
  return {
    'diagnostics.examine': checks,
    'diagnostics.proofPrice': async () => proofPrice(settings.get().folders, settings.get().proofBytes, deps.pricesOf),
    'diagnostics.log': async ({ after }) => viewLog(readLog(logFile(host.paths.logs), after)),
    'diagnostics.bundle': async ({ withNames }) => {
      const jobs = (['dead', 'held', 'waiting'] as const).flatMap((state): readonly Job[] =>
        store.queue.list({ state, limit: BUNDLED_JOBS }),
      )
      const sources = {
        atMs: host.clock.now(),
        settings: settings.get(),
        status: engine.status(),
        checks: await checks(),
        jobs,
        log: readLog(logFile(host.paths.logs)).lines.map(({ text }) => text),
      }
      shown = { id: host.random.hex(4), withNames, parts: makeBundle(sources, withNames) }
      return shown
    },
    'diagnostics.saveBundle': async ({ id, parts }) => {
      const chosen = shown?.id === id ? shown.parts.filter(({ name }) => parts.includes(name)) : []
      if (chosen.length === 0) throw gone()
      const nowMs = host.clock.now()
      const name = `tidekeep-support-${new Date(nowMs).toISOString().slice(0, 19).replaceAll(':', '-')}.zip`
      return { path: writeSupportFile(host.paths.logs, name, zip(chosen, nowMs)) }
    },
  }
}

/** What was looked at is what is saved: never something newer that nobody saw. */
function gone(): TidekeepError {
  return new TidekeepError({
    code: 'not-found',
    message: apiFailureTexts.diagnostics.whatWasShownIsNot,
    fix: apiFailureTexts.diagnostics.whatWasShownIsNotFix,
  })
}

function examinedBy({ host, settings, store, openTarget, describeSecrets, pricesOf }: DiagnosticDeps): Examined {
  return {
    paths: host.paths,
    nowMs: () => host.clock.now(),
    settings: () => settings.get(),
    describeSecrets,
    isServiceRunning: () => true,
    proofsPerMonth: (folder, maxBytes) =>
      proofsPerMonth(pricesOf(folder), maxBytes, folder.s3?.storageClass || undefined),
    openTarget: async ({ id, target, s3 = {} }) => {
      const isUsed = store.folders.get(id as FolderId).compared
      const opened = await openTarget(target, s3, isUsed)
      return { list: (path, options) => opened.list(path, options), isUsed, close: () => opened.close() }
    },
  }
}
