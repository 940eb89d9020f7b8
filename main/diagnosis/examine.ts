import { constants } from 'node:fs'
import { access, readFile, stat, statfs } from 'node:fs/promises'
import { availableParallelism, homedir } from 'node:os'
import { dirname } from 'node:path'
import { toTidekeepError } from '../../common/errors.ts'
import { formatPrice } from '../../common/format.ts'
import { ROOT_PATH } from '../../common/paths.ts'
import type { Diagnosis } from '../../common/protocol.ts'
import type { FolderSettings, Settings } from '../../common/settings.ts'
import { blake3Implementation } from '../../workers/hash/blake3.ts'
import { holdsOwn, realPlace } from '../own-directories.ts'
import type { Paths } from '../host.ts'
import type { TargetProvider } from '../providers/provider.ts'
import { PROOF_FILES, PROOF_REQUESTS_A_MONTH } from '../restore/proof-price.ts'
import { VERSION } from '../version.ts'
import { diagnosisFailureTexts } from './diagnosis-failure-texts.ts'

/** What there is to look at. Nothing of it is asked before it is needed. */
export interface Examined {
  readonly paths: Paths
  readonly nowMs: () => number | Promise<number>
  readonly settings: () => Settings | Promise<Settings>
  /** How secrets are kept here. */
  readonly describeSecrets: () => string | Promise<string>
  readonly isServiceRunning: () => boolean | Promise<boolean>
  /** Opens the target of a folder as a pass would. */
  readonly openTarget: (folder: FolderSettings) => Promise<ExaminedTarget>
  /** US dollars that a month of daily proofs of a folder costs at most, see `proofsPerMonth`; undefined where it is not known. */
  readonly proofsPerMonth: (folder: FolderSettings, maxBytes: number) => number | undefined
}

/** A target to look at; closed after that. */
export interface ExaminedTarget {
  readonly list: TargetProvider['list']
  /** Files were kept there before. */
  readonly isUsed: boolean
  close(): Promise<void>
}

/** State and temporaries need room; below this a full disk is near. */
const LOW_SPACE_BYTES = 200 * 1024 * 1024
/** One watch for each directory: what desktop distributions allow today. */
const WANTED_WATCHES = 524_288
/** No clock of a computer that runs this version shows an earlier year. */
const EARLIEST_YEAR = 2026

/** Looks at one thing after the other; none of it changes anything. */
export async function* examine(context: Examined): AsyncGenerator<Diagnosis> {
  yield versions()
  yield await settingsFile(context)
  for (const name of ['config', 'state', 'cache', 'logs', 'run'] as const)
    yield await writable(name, context.paths[name])
  yield await diskSpace(context.paths.state)
  yield await secrets(context)
  if (process.platform === 'linux') yield await watches()
  yield hashing()
  yield await clock(context)
  yield await service(context)
  for (const folder of await foldersOf(context)) {
    yield await source(folder)
    yield* ownFilesIn(context, folder)
    yield await target(context, folder)
    yield* await proofs(context, folder)
  }
}

function versions(): Diagnosis {
  const electron = process.versions['electron']
  const about = {
    version: VERSION,
    node: process.versions.node,
    system: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
  }
  const texts = diagnosisFailureTexts.examine
  const message = electron === undefined ? texts.version(about) : texts.versionElectron({ ...about, electron })
  return { name: 'version', state: 'ok', message }
}

async function settingsFile(examined: Examined): Promise<Diagnosis> {
  return attempt('settings', async () => {
    const { folders } = await examined.settings()
    return folders.length === 0
      ? {
          state: 'warning',
          message: diagnosisFailureTexts.examine.noFolderIsKeptSafe,
          fix: diagnosisFailureTexts.examine.noFolderIsKeptSafeFix,
        }
      : { state: 'ok', message: diagnosisFailureTexts.examine.configured({ folders: folders.length }) }
  })
}

async function writable(name: string, path: string): Promise<Diagnosis> {
  const existing = await nearestExisting(path)
  try {
    await access(existing, constants.W_OK)
    if (!(await stat(existing)).isDirectory()) throw new Error(`${existing} is not a directory.`)
    return {
      name: `${name} directory`,
      state: 'ok',
      message: existing === path ? path : diagnosisFailureTexts.examine.madeWhenNeeded({ path }),
    }
  } catch {
    return {
      name: `${name} directory`,
      state: 'failed',
      message: diagnosisFailureTexts.examine.cannotBeWritten({ path }),
      fix: diagnosisFailureTexts.examine.cannotBeWrittenFix,
    }
  }
}

async function diskSpace(path: string): Promise<Diagnosis> {
  return attempt('disk space', async () => {
    const { bavail, bsize } = await statfs(await nearestExisting(path))
    const free = bavail * bsize
    return free < LOW_SPACE_BYTES
      ? {
          state: 'warning',
          message: diagnosisFailureTexts.examine.freeForState({ free }),
          fix: diagnosisFailureTexts.examine.freeForStateFix,
        }
      : { state: 'ok', message: diagnosisFailureTexts.examine.freeForState({ free }) }
  })
}

async function secrets(context: Examined): Promise<Diagnosis> {
  return attempt('secrets', async () => ({
    state: 'ok',
    message: await context.describeSecrets(),
  }))
}

async function watches(): Promise<Diagnosis> {
  return attempt('file watching', async () => {
    const text = await readFile('/proc/sys/fs/inotify/max_user_watches', 'utf8')
    const limit = Number(text)
    const message = diagnosisFailureTexts.examine.watches({ limit })
    if (limit >= WANTED_WATCHES) return { state: 'ok', message }
    const fix = diagnosisFailureTexts.examine.watchesFix({
      command: `echo fs.inotify.max_user_watches=${WANTED_WATCHES} | sudo tee /etc/sysctl.d/60-tidekeep.conf && sudo sysctl --system`,
    })
    return { state: 'warning', message, fix }
  })
}

function hashing(): Diagnosis {
  const texts = diagnosisFailureTexts.examine
  if (blake3Implementation === 'native') return { name: 'hashing', state: 'ok', message: texts.blakeNative }
  return { name: 'hashing', state: 'warning', message: texts.blakeInWebassembly, fix: texts.blakeFix }
}

async function clock(context: Examined): Promise<Diagnosis> {
  const now = new Date(await context.nowMs())
  const message = now.toISOString()
  if (now.getUTCFullYear() >= EARLIEST_YEAR && now.getUTCFullYear() < 2100)
    return { name: 'clock', state: 'ok', message }
  return {
    name: 'clock',
    state: 'failed',
    message,
    fix: diagnosisFailureTexts.examine.setTheClockStoresRefuse,
  }
}

async function service(context: Examined): Promise<Diagnosis> {
  return attempt('service', async () =>
    (await context.isServiceRunning())
      ? { state: 'ok', message: diagnosisFailureTexts.examine.running }
      : {
          state: 'warning',
          message: diagnosisFailureTexts.examine.notRunning,
          fix: diagnosisFailureTexts.examine.notRunningFix,
        },
  )
}

async function foldersOf(examined: Examined): Promise<readonly FolderSettings[]> {
  try {
    return (await examined.settings()).folders
  } catch {
    // Settings that cannot be read were reported by their own line.
    return []
  }
}

async function source({ name, path }: FolderSettings): Promise<Diagnosis> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() === true) return { name: `source of ${name}`, state: 'ok', message: path }
  const fix = diagnosisFailureTexts.examine.isNotThereFix
  return {
    name: `source of ${name}`,
    state: 'failed',
    message: diagnosisFailureTexts.examine.isNotThere({ path }),
    fix,
  }
}

/** A backup of Tidekeep's own state would never be finished: every backup changes it. */
async function* ownFilesIn({ paths }: Examined, { name, path }: FolderSettings): AsyncGenerator<Diagnosis> {
  if (!holdsOwn(await realPlace(path), await realPlace(paths.state), await realPlace(homedir()))) return
  yield {
    name: `state inside ${name}`,
    state: 'warning',
    message: diagnosisFailureTexts.examine.liesInsideAndIsLeft({ state: paths.state, path }),
    fix: diagnosisFailureTexts.examine.liesInsideAndIsLeftFix,
  }
}

async function target(context: Examined, folder: FolderSettings): Promise<Diagnosis> {
  return attempt(`target of ${folder.name}`, async () => {
    const opened = await context.openTarget(folder)
    try {
      // One batch proves that it answers; ending the loop ends the listing.
      for await (const _batch of opened.list(ROOT_PATH, { signal: AbortSignal.timeout(30_000) })) break
      return {
        state: 'ok',
        message: (opened.isUsed ? diagnosisFailureTexts.examine.answers : diagnosisFailureTexts.examine.canBeUsed)({
          target: folder.target,
        }),
      }
    } finally {
      await opened.close()
    }
  })
}

/** What proofs read from a store that may take money for it, and what that is. */
async function proofs(context: Examined, folder: FolderSettings): Promise<readonly Diagnosis[]> {
  const settings = await Promise.resolve(context.settings()).catch(() => undefined)
  if (settings === undefined || settings.proofBytes === 0 || !folder.target.startsWith('s3:')) return []
  const dollars = context.proofsPerMonth(folder, settings.proofBytes)
  const read = { files: PROOF_FILES, bytes: settings.proofBytes, requests: PROOF_REQUESTS_A_MONTH }
  const { proofs: told, proofsFor } = diagnosisFailureTexts.examine
  const message = dollars === undefined ? told(read) : proofsFor({ ...read, dollars: formatPrice(dollars) })
  return [{ name: `proofs of ${folder.name}`, state: 'ok', message }]
}

async function attempt(name: string, look: () => Promise<Omit<Diagnosis, 'name'>>): Promise<Diagnosis> {
  try {
    return { name, ...(await look()) }
  } catch (error) {
    const { message, fix } = toTidekeepError(error)
    return { name, state: 'failed', message, ...(fix === undefined ? {} : { fix }) }
  }
}

async function nearestExisting(path: string): Promise<string> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  )
  return exists || dirname(path) === path ? path : nearestExisting(dirname(path))
}
