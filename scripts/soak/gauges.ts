import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { socketPath } from '../../main/service/socket-path.ts'
import { below } from '../../main/service/paths.ts'

/** What a process holds at one moment. */
export interface Sample {
  readonly minutes: number
  readonly rssMiB: number
  readonly descriptors: number
  readonly threads: number
  readonly timers: number
  readonly sockets: number
}

/** Reads the kernel's figures of the process, and its own from `/metrics` on the control socket. */
export async function sample(pid: number, home: string, minutes: number): Promise<Sample> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const figure = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1])
  const metrics = await readMetrics(home)
  const resources = (kind: RegExp): number =>
    metrics
      .filter(({ name }) => name.startsWith('tidekeep_process_active_resources{') && kind.test(name))
      .reduce((sum, { value }) => sum + value, 0)
  return {
    minutes: Number(minutes.toFixed(2)),
    rssMiB: Number((figure('VmRSS') / 1024).toFixed(1)),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: figure('Threads'),
    timers: resources(/Timeout/),
    sockets: resources(/TCP/),
  }
}

async function readMetrics(home: string): Promise<readonly { readonly name: string; readonly value: number }[]> {
  const body = await new Promise<string>((resolve, reject) => {
    const call = request({ socketPath: socketPath(below(home)), path: '/metrics', agent: false }, (response) => {
      text(response).then(resolve, reject)
    })
    call.once('error', reject)
    call.end()
  })
  return body
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ name: line.slice(0, line.lastIndexOf(' ')), value: Number(line.slice(line.lastIndexOf(' '))) }))
}

/** Least squares: what `values` grow by an hour, with the standard error of that figure. */
export function slopePerHour(
  samples: readonly Sample[],
  of: (sample: Sample) => number,
): { readonly perHour: number; readonly error: number } {
  const count = samples.length
  const meanX = samples.reduce((sum, { minutes }) => sum + minutes, 0) / count
  const meanY = samples.reduce((sum, one) => sum + of(one), 0) / count
  const spread = samples.reduce((sum, { minutes }) => sum + (minutes - meanX) ** 2, 0)
  const slope = samples.reduce((sum, one) => sum + (one.minutes - meanX) * (of(one) - meanY), 0) / spread
  const residual = samples.reduce((sum, one) => sum + (of(one) - meanY - slope * (one.minutes - meanX)) ** 2, 0)
  const error = Math.sqrt(residual / Math.max(1, count - 2) / spread)
  return { perHour: Number((slope * 60).toFixed(2)), error: Number((error * 60).toFixed(2)) }
}
