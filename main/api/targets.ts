import { parseLocation } from '../../common/location.ts'
import { isAbsolute, resolve } from 'node:path'
import { TidekeepError } from '../../common/errors.ts'
import type { Area } from './area.ts'
import { personHome, type ApiDeps } from './deps.ts'
import { suggestDrives } from './drives.ts'
import { checkTarget } from './target-check.ts'

/** Where copies could live. */
export function createTargetHandlers(deps: ApiDeps): Area<'targets'> {
  return {
    'targets.suggest': () => suggestDrives(personHome(deps)),
    'targets.check': async ({ target, s3 }) => {
      parseLocation(target, absolute)
      return checkTarget(target, s3 ?? {}, deps)
    },
  }
}

function absolute(path: string): string {
  if (isAbsolute(path)) return resolve(path)
  throw new TidekeepError({
    code: 'invalid',
    message: 'The target must be given with its full path or as s3://bucket/prefix.',
    path,
  })
}
