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

export async function publishBatch(params: Tasks['publishBatch']['params']): Promise<Tasks['publishBatch']['result']> {
  return (await import('./publish-batch.ts')).publishBatch(params)
}

export async function callTarget(params: Tasks['callTarget']['params']): Promise<Tasks['callTarget']['result']> {
  return (await import('./call-target.ts')).callTarget(params)
}

export async function prepareTarget(params: Tasks['prepareTarget']['params']): Promise<undefined> {
  return (await import('./prepare-target.ts')).prepareTarget(params)
}

export async function listTarget(params: Tasks['listTarget']['params']): Promise<Tasks['listTarget']['result']> {
  return (await import('./list-target.ts')).listTarget(params)
}
