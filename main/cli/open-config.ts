import type { Paths } from '../host.ts'
import { resolveSettings, type ResolvedConfig } from '../state/config-resolution.ts'
import { openSettings } from '../state/settings-store.ts'
import type { Environment } from './ports.ts'

/** Environment over file over defaults; the commands put their own flags on top. */
export async function openConfig(paths: Paths, env: Environment): Promise<ResolvedConfig> {
  const store = await openSettings(paths.config)
  return resolveSettings({ flags: {}, env, file: { settings: store.get(), stored: store.stored(), path: store.path } })
}
