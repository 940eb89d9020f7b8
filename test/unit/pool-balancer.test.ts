import { describe, expect, it } from 'vitest'
import { handOutAhead, type TaskState, type ThreadState } from '../../main/pool-balancer.ts'

const WRITING: TaskState = { isAbortable: false }
const READING: TaskState = { isAbortable: true }

function thread(currentUsage: number, isRunningAbortableTask = false): ThreadState {
  return { currentUsage, isRunningAbortableTask }
}

describe('handing out tasks', () => {
  it('prefers an idle thread, then a new one, then a turn behind what nobody interrupts', () => {
    const balance = handOutAhead(2)
    const [busy, idle] = [thread(1), thread(0)]
    expect(balance(WRITING, [busy, idle])).toBe(idle)
    expect(balance(WRITING, [busy])).toBeNull()
    expect(balance(WRITING, [thread(1, true), busy])).toBe(busy)
    expect(balance(WRITING, [thread(2), thread(1, true)])).toBeNull()
  })

  it('gives what can be interrupted a thread of its own, and nothing goes ahead of it', () => {
    const balance = handOutAhead(2)
    const [first, second] = [thread(1), thread(1)]
    expect(balance(READING, [first, second])).toBeNull()
    expect(balance(WRITING, [first, second])).toBeNull()
    const idle = thread(0)
    expect(balance(READING, [first, idle])).toBe(idle)
    expect(balance(WRITING, [first, second])).toBe(first)
  })
})
