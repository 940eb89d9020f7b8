import type { DueVersionsView } from '../../common/protocol.ts'
import type { FolderSettings } from '../../common/settings.ts'
import type { TargetProvider } from '../providers/provider.ts'
import { dueVersions } from '../restore/due-versions.ts'
import { withDeadline } from './deadline.ts'
import type { Needs } from './deps.ts'
import { apiFailureTexts } from './api-failure-texts.ts'

/** What the versions of folders are judged by. */
export interface DueDeps extends Needs<'store' | 'settings' | 'host' | 'pricesOf', never> {
  readonly openTarget: (folder: FolderSettings) => Promise<TargetProvider>
}

const LIMIT_MS = 60_000

/** Tells what would go at a folder's target by the rules in force, all of it. Nothing is removed. */
export function createDueVersions(deps: DueDeps): (folder: FolderSettings) => Promise<DueVersionsView> {
  const { host, openTarget, settings, pricesOf } = deps
  return async (folder) => {
    const target = await openTarget(folder)
    const message = apiFailureTexts.dueVersions.slow({ target: folder.target })
    try {
      return await withDeadline({ clock: host.clock, limitMs: LIMIT_MS, message }, (signal) =>
        dueVersions({
          ...deps,
          folder,
          target,
          settings: settings.get(),
          prices: pricesOf(folder),
          nowMs: host.clock.now(),
          signal,
        }),
      )
    } finally {
      await target.close()
    }
  }
}
