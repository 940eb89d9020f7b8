import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** A child that runs one of the scripts here; what it printed so far, in lines. */
export interface Child {
  readonly lines: readonly string[]
  /** Resolves when a printed line is as wanted; rejects when the child ends before. */
  until(isWanted: (line: string) => boolean): Promise<string>
  /** `kill -9`, and waits until it is gone. */
  kill(): Promise<void>
  readonly ended: Promise<unknown>
}

/** Starts a script of this directory. Whatever the test does, the child is killed when it ends. */
export function startChild(script: string, ...args: readonly string[]): Child {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child: ChildProcessByStdio<null, Readable, null> = spawn(process.execPath, [path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const waiting = new Set<() => void>()
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
    for (const check of waiting) check()
  })
  const ended = once(child, 'close')
  onTestFinished(() => void child.kill('SIGKILL'))
  return {
    lines,
    ended,
    until: (isWanted) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const found = lines.find(isWanted)
          if (found === undefined) return
          waiting.delete(check)
          resolve(found)
        }
        waiting.add(check)
        check()
        void ended.then(() => reject(new Error(`${script} ended after: ${lines.slice(-3).join(' | ')}`)))
      }),
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
