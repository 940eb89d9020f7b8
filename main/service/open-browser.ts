import { spawn } from 'node:child_process'
import { platform } from 'node:process'

/** The program that opens an address on each system; none of them is a shell. */
const OPENERS: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

/**
 * Asks the system to show an address. Resolves to false when that could not even be started; never
 * throws, since a person can always follow the printed link.
 */
export function openBrowser(url: string): Promise<boolean> {
  const [command, ...args] = OPENERS[platform] ?? ['xdg-open']
  return new Promise((resolve) => {
    try {
      const opener = spawn(command, [...args, url], { stdio: 'ignore', detached: true, shell: false })
      opener.once('error', () => resolve(false))
      opener.once('spawn', () => resolve(true))
      opener.unref()
    } catch {
      resolve(false)
    }
  })
}
