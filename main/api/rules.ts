import { lstat } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { TidekeepError } from '../../common/errors.ts'
import type { IgnoreAnswer, IgnoreSurveyView } from '../../common/protocol.ts'
import type { FolderSettings } from '../../common/settings.ts'
import { TaskControl } from '../../workers/fs/control.ts'
import type { Area } from './area.ts'
import type { ApiDeps } from './deps.ts'
import { apiFailureTexts } from './api-failure-texts.ts'

const SURVEY_MS = 4_000

type RuleDeps = Pick<ApiDeps, 'settings' | 'host' | 'ignoreRules'>

/** Tries ignore lines before they are saved. Reads only. */
export function createRuleHandlers(deps: RuleDeps): Area<'rules'> {
  const knownFolder = (id: string): FolderSettings => {
    const folder = deps.settings.get().folders.find((each) => each.id === id)
    if (folder !== undefined) return folder
    throw new TidekeepError({ code: 'not-found', message: apiFailureTexts.rules.thereIsNoSuchFolder })
  }
  return {
    'rules.survey': async ({ id, ignore }) => survey(deps, knownFolder(id), ignore),
    'rules.explain': async ({ id, ignore, path }) => explain(deps, knownFolder(id), { ignore, path }),
  }
}

/** Counts for four seconds. */
async function survey(
  { settings, host, ignoreRules }: RuleDeps,
  folder: FolderSettings,
  ignore: readonly string[],
): Promise<IgnoreSurveyView> {
  const control = new TaskControl()
  const stop = host.clock.after(SURVEY_MS, () => control.cancel())
  try {
    return await ignoreRules.survey({ ...folder, ignore }, settings.get().ignore, control)
  } finally {
    stop()
  }
}

async function explain(
  { settings, ignoreRules }: RuleDeps,
  folder: FolderSettings,
  { ignore, path }: { readonly ignore: readonly string[]; readonly path: string },
): Promise<IgnoreAnswer> {
  const absolute = isAbsolute(path) ? resolve(path) : resolve(folder.path, path)
  const below = relative(folder.path, absolute)
  if (below === '' || below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below)) {
    throw new TidekeepError({
      code: 'invalid',
      message: apiFailureTexts.rules.isNotInside({ path, path2: folder.path }),
      path,
      fix: apiFailureTexts.rules.isNotInsideFix,
    })
  }
  const found = await lstat(absolute).catch(() => undefined)
  // A path that is not there yet is taken for what its spelling says.
  const isDirectory = found?.isDirectory() ?? /[\\/]$/.test(path)
  const relPath = below.split(sep).join('/')
  const verdict = ignoreRules.explain({ ...folder, ignore }, settings.get().ignore)(relPath, isDirectory)
  if (!verdict.ignored) return { ignored: false }
  const { source, line, pattern } = verdict
  return { ignored: true, source, line, pattern, ...(verdict.path === relPath ? {} : { through: verdict.path }) }
}
