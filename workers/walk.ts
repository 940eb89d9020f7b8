import type { WalkParams } from './tasks.ts'

export function walk(_params: WalkParams): undefined {
  throw new Error('being built')
}
