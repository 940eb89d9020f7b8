import type { TargetProvider } from '../provider.ts'
import type { ProviderDeps } from '../registry.ts'

/** A folder on this computer: an external disk, a NAS mount. */
export function createLocalProvider(_options: { readonly root: string; readonly deps: ProviderDeps }): TargetProvider {
  throw new Error('being built')
}
