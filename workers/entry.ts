/** What the worker pool loads. Each export is one task of `workers/tasks.ts`, imported when first used. */
import { toTaskFailure } from './task-failure.ts'
import type { TaskName, TaskOutcome, Tasks } from './tasks.ts'

type Run<N extends TaskName> = (params: Tasks[N]['params']) => Tasks[N]['result'] | Promise<Tasks[N]['result']>
type Task<N extends TaskName> = (params: Tasks[N]['params']) => Promise<TaskOutcome<Tasks[N]['result']>>

/** Errors go back as values: thrown across threads they would lose their code, path and fix. */
function task<N extends TaskName>(load: () => Promise<Run<N>>): Task<N> {
  return async (params) => {
    try {
      const run = await load()
      return { ok: true, value: await run(params) }
    } catch (error) {
      return { ok: false, failure: toTaskFailure(error) }
    }
  }
}

export const wake = task<'wake'>(async () => () => undefined)
export const walk = task<'walk'>(async () => (await import('./walk.ts')).walk)
export const readBatch = task<'readBatch'>(async () => (await import('./read-batch.ts')).readBatch)
export const hashFile = task<'hashFile'>(async () => (await import('./hash-file.ts')).hashFile)
export const hashFiles = task<'hashFiles'>(async () => (await import('./hash-files.ts')).hashFiles)
export const hashHeld = task<'hashHeld'>(async () => (await import('./hash-files.ts')).hashHeld)
export const sampleFiles = task<'sampleFiles'>(async () => (await import('./sample-files.ts')).sampleFiles)
export const readParts = task<'readParts'>(async () => (await import('./read-parts.ts')).readParts)
export const signFile = task<'signFile'>(async () => (await import('./delta/sign-file.ts')).signFile)
export const signStream = task<'signStream'>(async () => (await import('./delta/sign-stream.ts')).signStream)
export const matchFile = task<'matchFile'>(async () => (await import('./delta/match-file.ts')).matchFile)
export const copyBatch = task<'copyBatch'>(async () => (await import('./copy-batch.ts')).copyBatch)
export const copyOut = task<'copyOut'>(async () => (await import('./copy-out.ts')).copyOut)
export const publishOut = task<'publishOut'>(async () => (await import('./copy-out.ts')).publishOut)
export const patchClone = task<'patchClone'>(async () => (await import('./patch-clone.ts')).patchClone)
export const publishBatch = task<'publishBatch'>(async () => (await import('./publish-batch.ts')).publishBatch)
export const callTarget = task<'callTarget'>(async () => (await import('./call-target.ts')).callTarget)
export const makeDirectories = task<'makeDirectories'>(
  async () => (await import('./make-directories.ts')).makeDirectories,
)
export const prepareTarget = task<'prepareTarget'>(async () => (await import('./prepare-target.ts')).prepareTarget)
export const listTarget = task<'listTarget'>(async () => (await import('./list-target.ts')).listTarget)
export const surveyIgnored = task<'surveyIgnored'>(async () => (await import('./ignore/survey.ts')).surveyIgnored)
