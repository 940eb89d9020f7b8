import type { Area } from './area.ts'
import { withDeadline } from './deadline.ts'
import type { Needs } from './deps.ts'
import { checkNewFolder, toFolderSettings } from './new-folder.ts'
import { apiFailureTexts } from './api-failure-texts.ts'

const PREVIEW_MS = 5 * 60_000

/** What would happen, without doing it. */
export function createPlanHandlers(deps: Needs<'settings' | 'host', 'preview'>): Area<'plan'> {
  const { engine, settings, host } = deps
  return {
    'plan.preview': async (raw) => {
      const checked = await checkNewFolder(raw, deps, 'preview')
      // A known folder is compared with what was already kept safe.
      const known = settings.get().folders.find((each) => each.path === checked.path && each.target === checked.target)
      const candidate = toFolderSettings(checked, raw, known?.id ?? host.random.hex(4))
      const message = apiFailureTexts.plan.slow({ path: checked.path })
      return withDeadline({ clock: host.clock, limitMs: PREVIEW_MS, message }, (signal) =>
        engine.preview(candidate, signal),
      )
    },
  }
}
