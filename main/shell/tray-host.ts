import { execFile } from 'node:child_process'

const PATIENCE_MS = 1_000

/** Runs a program and gives its standard output; rejects when it fails or takes too long. */
export type RunProgram = (file: string, args: readonly string[]) => Promise<string>

/**
 * Whether this Linux desktop shows tray icons at all (GNOME does not without an extension). Unknown
 * counts as yes; a certain no makes the main window open instead, so that the application never vanishes.
 */
export async function hasTrayHost(run: RunProgram = runProgram): Promise<boolean> {
  const name = 'string:org.kde.StatusNotifierWatcher'
  const bus = 'org.freedesktop.DBus'
  try {
    const reply = await run('dbus-send', [
      '--session',
      '--print-reply=literal',
      `--dest=${bus}`,
      `/${bus.replaceAll('.', '/')}`,
      `${bus}.NameHasOwner`,
      name,
    ])
    return !/boolean\s+false/.test(reply)
  } catch {
    return true
  }
}

function runProgram(file: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, [...args], { timeout: PATIENCE_MS }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    )
  })
}
