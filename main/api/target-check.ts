import { toWireError } from '../../common/client.ts'
import { TidekeepError } from '../../common/errors.ts'
import type { RelPath } from '../../common/model.ts'
import { RESERVED_DIRECTORY, ROOT_PATH } from '../../common/paths.ts'
import type { TargetCheck } from '../../common/protocol.ts'
import type { S3Options } from '../../common/settings.ts'
import type { Content, TargetProvider } from '../providers/provider.ts'
import { withDeadline } from './deadline.ts'
import type { ApiDeps } from './deps.ts'
import { apiFailureTexts } from './api-failure-texts.ts'

type Step = TargetCheck['steps'][number]
type CheckDeps = Pick<ApiDeps, 'host' | 'openTarget'>

const STEP_MS = 20_000
/** Backups that only grow are fine without; many people take the permission away on purpose. */
const OPTIONAL_STEPS: readonly string[] = ['delete', 'older versions', 'free space']

/** A target as a person asks for it. */
export interface TargetToCheck {
  readonly target: string
  readonly s3: S3Options
  /** Files were kept there before, so it is not made anew where it is missing. */
  readonly wasUsed: boolean
}

/**
 * Tries a target with one small throw-away object below Tidekeep's own area: reach, list, write,
 * read back, delete, free space. A failed step ends the check, but what was written is removed.
 * Throws only for a target that cannot even be opened as such.
 */
export async function checkTarget({ target, s3, wasUsed }: TargetToCheck, deps: CheckDeps): Promise<TargetCheck> {
  const provider = await deps.openTarget(target, s3)
  const check = new StepByStep(deps)
  try {
    const freeBytes = await tryAll({ provider, wasUsed }, check, deps)
    return {
      ok: check.steps.every((step) => step.ok || OPTIONAL_STEPS.includes(step.name)),
      target,
      steps: check.steps,
      ...(freeBytes === undefined ? {} : { freeBytes }),
    }
  } finally {
    await provider.close()
  }
}

async function tryAll(
  { provider, wasUsed }: { readonly provider: TargetProvider; readonly wasUsed: boolean },
  check: StepByStep,
  { host }: CheckDeps,
): Promise<number | undefined> {
  const path = `${RESERVED_DIRECTORY}/check-${host.random.hex(8)}` as RelPath
  const bytes = new TextEncoder().encode(`Tidekeep looked whether it may write here. ${host.random.hex(16)}\n`)
  if (!(await check.step('reach', (signal) => (wasUsed ? findAgain(provider, signal) : reach(provider, signal)))))
    return undefined
  if (!(await check.step('list', (signal) => listSome(provider, signal)))) return undefined
  const isWritten = await check.step('write', async (signal) => {
    const metadata = { mtimeNs: BigInt(host.clock.now()) * 1_000_000n }
    await provider.put(path, contentOf(bytes), { signal, metadata, expect: { kind: 'absent' } })
  })
  if (isWritten) await check.step('read back', (signal) => compare(provider, path, bytes, signal))
  // Even after a failed write something may be there.
  const remove = async (signal: AbortSignal): Promise<void> => {
    await provider.remove(path, { signal, expect: { kind: 'any' } })
  }
  if (!isWritten) {
    await check.quietly(remove)
    return undefined
  }
  await check.step('delete', remove)
  await readVersions(provider, path, check)
  return freeSpace(provider, check)
}

async function reach(provider: TargetProvider, signal: AbortSignal): Promise<void> {
  // A local target that does not exist yet is made, when the place it is to be in does.
  await provider.features.makeDirectory?.(ROOT_PATH, { mtimeNs: 0n }, { signal })
  await listSome(provider, signal)
}

/** Bringing earlier versions back takes a right of its own at some stores. */
async function readVersions(provider: TargetProvider, path: RelPath, check: StepByStep): Promise<void> {
  if (provider.features.keptVersions === undefined) return
  await check.step('older versions', async (signal) => {
    for await (const _version of provider.features.keptVersions!(path, { signal })) return
  })
}

/** Writing into the empty mount point of an unplugged drive would make it look like the target. */
async function findAgain(provider: TargetProvider, signal: AbortSignal): Promise<void> {
  await provider.stat(RESERVED_DIRECTORY as RelPath, { signal }).catch((error: unknown) => {
    if (toWireError(error).code !== 'not-found') throw error
    throw new TidekeepError({
      code: 'unavailable',
      message: apiFailureTexts.targetCheck.doesNotHoldTheFiles({ location: provider.location }),
      fix: apiFailureTexts.targetCheck.doesNotHoldTheFilesFix,
    })
  })
}

/** The first batch says enough; a large target is not walked. */
async function listSome(provider: TargetProvider, signal: AbortSignal): Promise<void> {
  for await (const _batch of provider.list(ROOT_PATH, { signal })) return
}

async function compare(provider: TargetProvider, path: RelPath, sent: Uint8Array, signal: AbortSignal): Promise<void> {
  const received: Uint8Array[] = []
  for await (const chunk of provider.read(path, { signal })) received.push(chunk)
  if (Buffer.concat(received).equals(sent)) return
  throw new TidekeepError({ code: 'corrupt', message: apiFailureTexts.targetCheck.theTargetGaveBackOther })
}

async function freeSpace(provider: TargetProvider, check: StepByStep): Promise<number | undefined> {
  if (provider.features.freeBytes === undefined) return undefined
  let found: number | undefined
  await check.step('free space', async (signal) => {
    found = await provider.features.freeBytes?.({ signal })
  })
  return found
}

function contentOf(bytes: Uint8Array): Content {
  return {
    size: bytes.length,
    open: async function* (range) {
      yield bytes.slice(range?.start, range?.end)
    },
  }
}

/** Collects what worked and what did not. */
class StepByStep {
  readonly steps: Step[] = []
  readonly #deps: CheckDeps

  constructor(deps: CheckDeps) {
    this.#deps = deps
  }

  async step(name: string, work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    try {
      await this.#bounded(work)
      this.steps.push({ name, ok: true })
      return true
    } catch (error) {
      this.steps.push({ name, ok: false, message: explain(name, error) })
      return false
    }
  }

  /** For cleaning up, where a failure changes nothing. */
  async quietly(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    await this.#bounded(work).catch((error: unknown) => {
      this.#deps.host.log.debug('check not cleaned up', { code: toWireError(error).code })
    })
  }

  #bounded(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const message = apiFailureTexts.targetCheck.slow
    return withDeadline({ clock: this.#deps.host.clock, limitMs: STEP_MS, message }, work)
  }
}

function explain(name: string, error: unknown): string {
  if (name === 'read back' && !(error instanceof Error && 'code' in error) && error instanceof Error)
    return error.message
  const { message, fix } = toWireError(error)
  const hint = name === 'delete' ? apiFailureTexts.targetCheck.deleteHint : undefined
  return [message, fix, hint].filter((part) => part !== undefined).join(' ')
}
