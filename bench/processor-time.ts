import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'

/** Linux counts in ticks of a hundredth of a second, whatever the kernel was built with (`USER_HZ`). */
const TICKS_A_SECOND = 100

/** Processor seconds of the processes of a browser. */
export interface BrowserTime {
  /** Those that run pages. */
  readonly renderer: number
  /** The browser's own, what draws for it, and its services. */
  readonly others: number
}

/** Processor seconds that a process and its threads used until now. */
export function secondsOfProcess(pid: number): number {
  if (process.platform === 'linux') {
    // The name before it, in brackets, may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
  }
  const [seconds = 0, minutes = 0, hours = 0] = execFileSync('ps', ['-o', 'time=', '-p', String(pid)], {
    encoding: 'utf8',
  })
    .trim()
    .split(':')
    .map(Number)
    .toReversed()
  return seconds + 60 * minutes + 3_600 * hours
}

/** Processor seconds that a browser's processes used until now; those that ended are not in it. */
export async function secondsOfBrowser(browser: Browser): Promise<BrowserTime> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  const sum = (isWanted: (type: string) => boolean): number =>
    processInfo.filter(({ type }) => isWanted(type)).reduce((total, { cpuTime }) => total + cpuTime, 0)
  return { renderer: sum((type) => type === 'renderer'), others: sum((type) => type !== 'renderer') }
}
