import type { S3Options } from '../../../common/settings.ts'
import type { TargetProvider } from '../provider.ts'
import type { ProviderDeps } from '../registry.ts'

/** Any S3-compatible store. */
export function createS3Provider(_options: {
  readonly bucket: string
  readonly prefix: string
  readonly options: S3Options
  readonly deps: ProviderDeps
}): TargetProvider {
  throw new Error('being built')
}
