import { describe, expect, it } from 'vitest'
import { LONG_WORK_ROWS, WorkLength } from '../../main/work-length.ts'

function watched(): { readonly work: WorkLength; readonly expected: readonly string[] } {
  const expected: string[] = []
  const note = (what: string) => (): void => void expected.push(what)
  return {
    work: new WorkLength({ brief: note('brief'), long: note('long'), briefAgain: note('brief again') }),
    expected,
  }
}

describe('the length of work that is expected', () => {
  it('is brief at first, and long once so much was done without a pause', () => {
    const { work, expected } = watched()
    expect(expected).toEqual(['brief'])
    work.done(LONG_WORK_ROWS - 1)
    expect(expected).toEqual(['brief'])
    work.done(1)
    work.done(LONG_WORK_ROWS)
    expect(expected).toEqual(['brief', 'long'])
  })

  it('is brief again after a pause, and what was done before counts no more', () => {
    const { work, expected } = watched()
    work.done(LONG_WORK_ROWS)
    work.quiet()
    work.done(LONG_WORK_ROWS - 1)
    expect(expected).toEqual(['brief', 'long', 'brief again'])
    work.done(1)
    expect(expected).toEqual(['brief', 'long', 'brief again', 'long'])
  })
})
