import { toTidekeepError } from '../../common/errors.ts'
import type { RelPath } from '../../common/model.ts'
import type { TargetProvider } from '../providers/provider.ts'
import type { ThawRecord } from '../state/thaw-record.ts'
import type { ThawFile, ThawStore } from '../state/thaw-store.ts'
import { isArchived } from './compare-content.ts'
import { requestThaw } from './thaw.ts'
import { restoreFailureTexts } from './restore-failure-texts.ts'

/** One step of a thaw over its files. */
export interface ThawFilesWork {
  readonly record: ThawRecord
  readonly target: TargetProvider
  readonly thaws: ThawStore
  readonly signal: AbortSignal
}

/** Files that are asked for between two notes of what was asked. */
const ASKED_AT_ONCE = 100
/** Files that are looked at together; where one is not there yet, the rest is not looked at. */
const LOOKED_AT_ONCE = 8

/**
 * Asks for every file that was not asked for yet; what is cut off goes on there. A file that the store refuses is noted
 * with its reason. Throws where asking again may help, with what was asked for noted.
 */
export async function askForFiles({ record, target, thaws, signal }: ThawFilesWork): Promise<void> {
  const { id, speed, days } = record
  for (;;) {
    const files = thaws.files(id, 'wanted', ASKED_AT_ONCE)
    if (files.length === 0) return
    let later: Error | undefined
    await requestThaw(target, files, {
      speed,
      days,
      signal,
      onAnswer: (path, answer) => {
        if (typeof answer === 'string') thaws.setFiles(id, [path], 'asked')
        else if (answer.retry.kind === 'never') thaws.setFiles(id, [path], 'refused', answer.message)
        else later = answer
      },
    })
    signal.throwIfAborted()
    if (later !== undefined) throw later
  }
}

/**
 * Looks at the files in order, and no further than to the first that is not readable: all were asked for together.
 * Answers when the first copy ends, as far as that was told.
 */
export async function lookAtFiles(work: ThawFilesWork): Promise<number | undefined> {
  const { record, thaws, signal } = work
  let untilMs = record.readyUntilMs
  for (;;) {
    const files = thaws.files(record.id, 'asked', LOOKED_AT_ONCE)
    const states = await Promise.all(files.map((file) => lookAt(file, work)))
    signal.throwIfAborted()
    for (const { endsMs } of states) if (endsMs !== undefined) untilMs = Math.min(untilMs ?? endsMs, endsMs)
    for (const { path, state, failure } of states)
      if (state !== 'asked') thaws.setFiles(record.id, [path], state, failure)
    if (files.length === 0 || states.some(({ state }) => state === 'asked')) return untilMs
  }
}

interface Looked {
  readonly path: RelPath
  readonly state: 'asked' | 'ready' | 'refused'
  readonly failure?: string
  readonly endsMs?: number
}

async function lookAt({ path, token, sizeBytes }: ThawFile, { target, signal }: ThawFilesWork): Promise<Looked> {
  try {
    const entry = await (token === undefined
      ? target.stat(path, { signal })
      : target.features.statKept!({ path, token, sizeBytes, why: 'replaced' }, { signal }))
    const endsMs = entry.thawedUntilMs
    if (!isArchived(entry)) return { path, state: 'ready', ...(endsMs === undefined ? {} : { endsMs }) }
    if (entry.thaw === 'under-way') return { path, state: 'asked' }
    return { path, state: 'refused', failure: restoreFailureTexts.thaw.ended }
  } catch (error) {
    const failure = toTidekeepError(error, path)
    if (failure.code === 'not-found') return { path, state: 'refused', failure: failure.message }
    throw failure
  }
}
