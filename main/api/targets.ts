import { formatLocation, parseLocation } from '../../common/location.ts'
import type { FolderId } from '../../common/model.ts'
import { isAbsolute, resolve } from 'node:path'
import { TidekeepError } from '../../common/errors.ts'
import type { Area } from './area.ts'
import { personHome, type ApiDeps } from './deps.ts'
import { suggestDrives } from './drives.ts'
import { Looks } from './looks.ts'
import { checkTarget } from './target-check.ts'
import { apiFailureTexts } from './api-failure-texts.ts'

/** Where copies could live. */
export function createTargetHandlers(
  deps: Pick<ApiDeps, 'host' | 'settings' | 'store' | 'openTarget' | 'personHome'>,
): Area<'targets'> {
  const looks = new Looks(deps.host)
  return {
    'targets.look': async ({ folderId, fresh }) => {
      const folder = deps.settings.get().folders.find(({ id }) => id === folderId)
      if (folder === undefined)
        throw new TidekeepError({ code: 'not-found', message: apiFailureTexts.targets.thereIsNoSuchFolder })
      const { target, s3 = {} } = folder
      const wasUsed = isInUse(target, deps)
      const key = JSON.stringify([target, s3, wasUsed])
      return looks.at({ key, isFresh: fresh, open: () => deps.openTarget(target, s3, wasUsed) })
    },
    'targets.suggest': () => suggestDrives(personHome(deps)),
    'targets.check': async ({ target, s3 }) => {
      const location = parseLocation(target, absolute)
      const wasUsed = location.scheme === 'file' && isInUse(formatLocation(location), deps)
      return checkTarget({ target, s3: s3 ?? {}, wasUsed }, deps)
    },
  }
}

/** True for a target that holds a folder's files already: one that looks empty then is a drive that is not there. */
function isInUse(target: string, { settings, store }: Pick<ApiDeps, 'settings' | 'store'>): boolean {
  return settings
    .get()
    .folders.some((each) => each.target === target && store.folders.get(each.id as FolderId).compared)
}

function absolute(path: string): string {
  if (isAbsolute(path)) return resolve(path)
  throw new TidekeepError({
    code: 'invalid',
    message: apiFailureTexts.targets.theTargetMustBeGiven,
    path,
  })
}
