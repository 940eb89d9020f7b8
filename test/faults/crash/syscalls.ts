import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Crash } from './crash-case.ts'
import type { Job } from './own-files.ts'
import type { World } from './world.ts'

/** The calls by which a program changes what is on a disk. */
export const SYSCALLS = [
  'rename',
  'renameat',
  'renameat2',
  'fsync',
  'fdatasync',
  'syncfs',
  'write',
  'pwrite64',
  'writev',
  'openat',
  'unlink',
  'unlinkat',
  'rmdir',
  'link',
  'linkat',
  'ftruncate',
  'mkdir',
  'mkdirat',
  'chmod',
  'fchmod',
  'utimensat',
  'copy_file_range',
  'ioctl',
] as const
/** One of them. */
export type Syscall = (typeof SYSCALLS)[number]

/** A filter in the kernel spares the other calls a stop; with it, strace (6.1 at least) injects no signal. */
const COUNTING = ['strace', '-f', '--seccomp-bpf', '-qq', '-y']
const KILLING = ['strace', '-f', '-qq', '-o', '/dev/null']

/** Whether strace is here and may trace. */
export function canTrace(): boolean {
  return spawnSync('strace', ['-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', 'true']).status === 0
}

/** Before the nth call of one thread. strace counts for each thread by itself. */
export function crashBefore(syscall: Syscall, nth: number): Crash {
  const inject = `inject=${syscall}:signal=SIGKILL:when=${nth}`
  return {
    name: `${syscall}:${nth}`,
    kills: [{ under: [...KILLING, '-e', `trace=${syscall}`, '-e', inject] }],
  }
}

/** The calls of one kind in the thread that makes most of them: from the first that concerns the world to the last. */
export interface CallRange {
  readonly syscall: Syscall
  readonly first: number
  readonly last: number
}

/** Runs commands once under strace, and counts. */
export async function countCalls(
  world: World,
  commands: readonly (readonly string[])[],
): Promise<readonly CallRange[]> {
  const log = join(world.base, 'strace.log')
  const ranges = new Map<Syscall, CallRange>()
  for (const command of commands) {
    await world.run(command, { under: [...COUNTING, '-o', log, '-e', `trace=${SYSCALLS.join(',')}`] })
    for (const range of rangesIn(readFileSync(log, 'utf8'), world.base)) {
      const known = ranges.get(range.syscall)
      if (known === undefined || known.last < range.last) ranges.set(range.syscall, range)
    }
  }
  return [...ranges.values()]
}

/** The same of a change of the program's own files. */
export async function countJobCalls(job: Job, directory: string): Promise<readonly CallRange[]> {
  const log = join(tmpdir(), `strace-${process.pid}-${job.name}.log`)
  await job.run(directory, { under: [...COUNTING, '-o', log, '-e', `trace=${SYSCALLS.join(',')}`] })
  const ranges = rangesIn(readFileSync(log, 'utf8'), directory)
  rmSync(log)
  return ranges
}

/** Start-up opens hundreds of files of Node: what comes before the first of the world's own is left out. */
function rangesIn(log: string, base: string): readonly CallRange[] {
  const counts = new Map<string, number>()
  const own = new Map<string, { first: number; last: number }>()
  for (const line of log.split('\n')) {
    const [, thread, syscall] = /^(\d+) +([a-z0-9_]+)\(/.exec(line) ?? []
    if (thread === undefined || syscall === undefined) continue
    const id = `${thread} ${syscall}`
    const nth = (counts.get(id) ?? 0) + 1
    counts.set(id, nth)
    const concerns = line.includes(base) || line.includes('/proc/self/fd/')
    if (concerns) own.set(id, { first: own.get(id)?.first ?? nth, last: nth })
  }
  const widest = new Map<Syscall, CallRange>()
  for (const [id, { first, last }] of own) {
    const syscall = id.split(' ')[1] as Syscall
    const known = widest.get(syscall)
    if (known === undefined || last - first > known.last - known.first) widest.set(syscall, { syscall, first, last })
  }
  return [...widest.values()]
}

/** Calls of a range, `step` apart, the first and the last among them. */
export function nthsOf({ first, last }: CallRange, step: number): readonly number[] {
  const chosen = new Set([last])
  for (let nth = first; nth < last; nth += step) chosen.add(nth)
  return [...chosen].toSorted((a, b) => a - b)
}
