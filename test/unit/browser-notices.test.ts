import { describe, expect, it } from 'vitest'
import type { NoticeView } from '../../common/protocol.ts'
import { noticeSteps } from '../../renderer/state/new-notices.ts'

const notice = (id: string, atMs: number): NoticeView => ({ id, grade: 'attention', title: id, body: '', atMs })

describe('a page of the interface', () => {
  it('shows nothing of what stood before it was opened', () => {
    expect(noticeSteps(undefined, [notice('attention', 1)])).toEqual({ shown: [], withdrawn: [] })
  })
  it('shows what is new and what took the place of another, once', () => {
    const [first, second] = [notice('attention', 1), notice('attention', 2)]
    expect(noticeSteps([], [first]).shown).toEqual([first])
    expect(noticeSteps([first], [second])).toEqual({ shown: [second], withdrawn: [] })
    expect(noticeSteps([second], [second])).toEqual({ shown: [], withdrawn: [] })
  })
  it('takes back what is gone', () => {
    expect(noticeSteps([notice('attention', 1), notice('warning', 1)], [notice('warning', 1)]).withdrawn).toEqual([
      'attention',
    ])
  })
})
