import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { activateFirst, languageWishes } from '../../common/messages/languages.ts'
import type { Environment } from './ports.ts'

/**
 * The language of one invocation. Outputs for programs are English
 * whatever people read, so that a script works everywhere.
 */
export function activateLanguage(options: {
  readonly machine: boolean
  readonly configDirectory: string
  readonly env: Environment
}): void {
  const { machine, configDirectory, env } = options
  activateFirst(machine ? ['en'] : languageWishes(env, languageSetting(configDirectory)))
}

/** Read by itself: help and errors have a language, too, where the rest of the file is never looked at, or is wrong. */
function languageSetting(configDirectory: string): string | undefined {
  try {
    const settings = JSON.parse(readFileSync(join(configDirectory, 'settings.json'), 'utf8')) as Record<string, unknown>
    return typeof settings['language'] === 'string' ? settings['language'] : undefined
  } catch {
    return undefined
  }
}
