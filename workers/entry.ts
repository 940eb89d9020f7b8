/** What the worker pool loads. Each export is one task of `workers/tasks.ts`, imported when first used. */
import type { Tasks } from './tasks.ts'

export async function walk(params: Tasks['walk']['params']): Promise<undefined> {
  return (await import('./walk.ts')).walk(params)
}

export async function readBatch(params: Tasks['readBatch']['params']): Promise<Tasks['readBatch']['result']> {
  return (await import('./read-batch.ts')).readBatch(params)
}

export async function hashFile(params: Tasks['hashFile']['params']): Promise<Tasks['hashFile']['result']> {
  return (await import('./hash-file.ts')).hashFile(params)
}

export async function copyBatch(params: Tasks['copyBatch']['params']): Promise<Tasks['copyBatch']['result']> {
  return (await import('./copy-batch.ts')).copyBatch(params)
}
