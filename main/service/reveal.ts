import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { TidekeepError } from '../../common/errors.ts'
import { serviceFailureTexts } from './service-failure-texts.ts'

/** Starts a program without a shell; rejects where it could not even be started. */
export type Start = (command: string, args: readonly string[]) => Promise<void>

/**
 * Shows files with what the desktop of this computer brings along. Undefined where there is no desktop to show
 * them on: a service started at boot, over SSH, in a container.
 */
export function createReveal(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
  start: Start = startProgram,
): ((path: string) => Promise<void>) | undefined {
  if (platform === 'darwin') return (path) => start('open', ['-R', path])
  const hasDisplay = (env['DISPLAY'] ?? env['WAYLAND_DISPLAY'] ?? '') !== ''
  // Opened would be the file itself: its directory is what was asked for.
  return platform === 'linux' && hasDisplay ? (path) => start('xdg-open', [dirname(path)]) : undefined
}

function startProgram(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const program = spawn(command, args, { stdio: 'ignore', detached: true, shell: false })
    program.once('spawn', resolve)
    program.once('error', (cause) =>
      reject(
        new TidekeepError({
          code: 'unsupported',
          message: serviceFailureTexts.reveal.noStart({ command }),
          fix: serviceFailureTexts.reveal.noStartFix,
          cause,
        }),
      ),
    )
    program.unref()
  })
}
