import type { TargetProvider } from '../provider.ts'

/** For tests and dry experiments: one store for each name, for the life of the process. */
export function createMemoryProvider(_options: { readonly name: string }): TargetProvider {
  throw new Error('being built')
}
