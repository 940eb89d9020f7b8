import type { CopyBatch, CopyResult } from './tasks.ts'

export function copyBatch(_batch: CopyBatch): readonly CopyResult[] {
  throw new Error('being built')
}
