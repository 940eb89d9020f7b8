import type { Area } from './area.ts'
import type { ApiDeps } from './deps.ts'

/** New versions of the program itself. */
export function createUpdateHandlers({ updates }: Pick<ApiDeps, 'updates'>): Area<'updates'> {
  return {
    'updates.get': async () => updates.view(),
    'updates.check': () => updates.check(),
    'updates.install': () => updates.install(),
  }
}
